// Random draws that are the same on every machine.
//
// The generator is xoshiro256++ (Blackman and Vigna 2021), seeded through splitmix64.
// Draws that need a logarithm or an exponential use the two functions below, which are
// plain IEEE double arithmetic without libm; rng.cpp is compiled without contraction
// of products and sums, so that no processor rounds them otherwise.
//
// Repeatable  equal seeds give equal draws, bit by bit, on every IEEE 754 platform.
// Threads     a generator belongs to one thread; give each its own by split().
// Cost        about 1 ns for next(), 10 for a logarithm, 30 for a normal.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace ai_trading {

// Natural logarithm, within 2 ulp; minus infinity at 0, NaN below it.
[[nodiscard]] double portable_log(double x);

// Exponential, within 2 ulp; 0 and infinity beyond the range of doubles.
[[nodiscard]] double portable_exp(double x);

// One step of splitmix64: also a good way to make a seed out of several numbers.
[[nodiscard]] constexpr std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

class Rng {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit constexpr Rng(std::uint64_t seed) {
    for (std::uint64_t& word : state_) word = splitmix64(seed);
  }

  // Goes on from a state; one that is all zero is replaced by that of seed 0.
  explicit constexpr Rng(const State& state) : Rng(0) {
    if (state != State{}) state_ = state;
  }

  [[nodiscard]] constexpr const State& state() const { return state_; }

  // 64 random bits.
  constexpr std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Moves ahead by 2^128 and by 2^192 draws.
  void jump();
  void long_jump();

  // A generator whose next 2^128 draws are not among this one's.
  [[nodiscard]] Rng split() {
    const Rng child = *this;
    jump();
    return child;
  }

  // A whole number in [0, n), every one equally likely (Lemire 2019); 0 where n is 0.
  constexpr std::uint64_t below(std::uint64_t n) {
    Wide product = Wide{next()} * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t unfair = n == 0 ? 0 : (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < unfair) product = Wide{next()} * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // A multiple of 2^-53 in [0, 1).
  constexpr double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // True with probability p: always where p >= 1, never where p <= 0 or NaN.
  constexpr bool chance(double p) { return uniform() < p; }

  // Mean 1.
  double exponential();

  // Mean 0, variance 1 (Marsaglia's polar method).
  double normal();

  // The number of events of a unit-time process with this mean.  O(mean); 0 where the
  // mean is not positive.
  std::uint64_t poisson(double mean);

  // Failures before the first success of probability p in (0, 1]; 0 elsewhere.
  std::uint64_t geometric(double p);

 private:
  __extension__ using Wide = unsigned __int128;

  void advance(const State& polynomial);

  State state_{};
};

}  // namespace ai_trading

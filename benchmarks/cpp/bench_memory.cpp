// What memory allows on this machine: the floor under every book and engine here.
//
// Question   what does a random read cost that must wait for the one before it, one that
//            need not wait, and one that was asked for ahead; how fast is reading in order?
// Workload   256 MB in lines of 64 bytes, far beyond any cache; a random cycle through
//            all of them, and random lines drawn beforehand.
// Read       processor ns per read, least of the rounds; GB/s, most of the rounds.  A
//            message that touches an order which nobody has looked at for a while costs
//            at least one such read.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "measure.hpp"

namespace {

struct alignas(64) Line {
  std::uint64_t next;
  std::uint64_t rest[7];
};

constexpr std::size_t kLines = (std::size_t{256} << 20) / sizeof(Line);
constexpr std::size_t kReads = std::size_t{1} << 21;
constexpr std::size_t kAhead = 16;

// One cycle through all lines, in random order (Sattolo 1986).
std::vector<Line> cycle(ai_trading::Rng& rng) {
  std::vector<std::uint32_t> order(kLines);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = kLines - 1; i > 0; --i) std::swap(order[i], order[rng.below(i)]);
  std::vector<Line> lines(kLines);
  for (std::size_t i = 0; i < kLines; ++i) lines[i].next = order[i];
  return lines;
}

// Seconds that `read` takes; what it returns is used, so that it is not left out.
template <class Read>
double seconds(Read&& read, std::uint64_t& used) {
  const double start = bench::cpu_seconds();
  used += read();
  return bench::cpu_seconds() - start;
}

}  // namespace

int main(int count, char** words) {
  const int rounds = count > 1 ? std::max(1, std::atoi(words[1])) : 3;
  ai_trading::Rng rng(1);
  const std::vector<Line> lines = cycle(rng);
  std::vector<std::uint32_t> places(kReads + kAhead);
  for (std::uint32_t& place : places)
    place = static_cast<std::uint32_t>(rng.below(kLines));

  std::uint64_t used = 0;
  double waits = 1e9, overlaps = 1e9, asked = 1e9, order = 1e9;
  for (int round = 0; round < rounds; ++round) {
    waits = std::min(waits, seconds(
                                [&] {
                                  std::uint64_t at = used % kLines;
                                  for (std::size_t i = 0; i < kReads / 4; ++i)
                                    at = lines[at].next;
                                  return at;
                                },
                                used));
    overlaps = std::min(overlaps, seconds(
                                      [&] {
                                        std::uint64_t sum = 0;
                                        for (std::size_t i = 0; i < kReads; ++i)
                                          sum += lines[places[i]].next;
                                        return sum;
                                      },
                                      used));
    asked = std::min(asked, seconds(
                                [&] {
                                  std::uint64_t sum = 0;
                                  for (std::size_t i = 0; i < kReads; ++i) {
                                    __builtin_prefetch(&lines[places[i + kAhead]]);
                                    sum += lines[places[i]].next;
                                  }
                                  return sum;
                                },
                                used));
    order = std::min(order, seconds(
                                [&] {
                                  std::uint64_t sum = 0;
                                  for (const Line& line : lines)
                                    sum += line.next + line.rest[3];
                                  return sum;
                                },
                                used));
  }
  const auto ns = [](double s, std::size_t reads) {
    return s * 1e9 / static_cast<double>(reads);
  };
  std::printf("%-40s %7s\n", "memory, the floor", "here");
  std::printf("%-40s %7.1f\n", "random read, waits for the last, ns",
              ns(waits, kReads / 4));
  std::printf("%-40s %7.1f\n", "random read, independent, ns", ns(overlaps, kReads));
  std::printf("%-40s %7.1f\n", "random read, asked for ahead, ns", ns(asked, kReads));
  std::printf("%-40s %7.1f\n", "reading in order, GB/s",
              static_cast<double>(kLines * sizeof(Line)) / order / 1e9);
  return used == 0 ? 1 : 0;
}

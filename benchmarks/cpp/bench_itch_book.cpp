// What it costs to turn ITCH bytes into order books.
//
// Question   how many ns does a message take from its bytes to the changed book, all
//            checks made, every queue kept?
// Workload   a file, decoded into a small ring and applied with look-ahead; the last
//            events of a ring, only looked at so far, are carried into the next.
// Read       processor ns per message.  Memory is what the books and the decoder's ring
//            hold beyond the file.  The state hash must not depend on how it was run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ai_trading/book/books.hpp"
#include "ai_trading/feed/itch_decoder.hpp"
#include "measure.hpp"

using namespace ai_trading;

namespace {

struct Plan {
  std::string path;
  std::string source = "map";  // map, memory (loaded before the clock) or read
  std::string symbol;
  std::size_t ring = 512;
  int repeat = 1;
  bool decode_only = false;
};

constexpr char kUsage[] =
    "usage: bench_itch_book FILE [--source map|memory|read] [--symbol S] [--ring N]\n"
    "                       [--repeat N] [--decode-only]\n"
    "FILE is a plain (not compressed) ITCH 5.0 BinaryFILE.\n";

struct Count {
  std::uint64_t messages{}, events{}, refused{};
};

class Replay {
 public:
  explicit Replay(const Plan& plan)
      : plan_(plan),
        decoder_(Nanos{0}, options(plan)),
        books_(std::make_unique<book::Books>(std::size_t{1} << 17)),
        ring_(std::max(plan.ring, 2 * book::Books::kAhead)) {}

  void take(std::span<const std::byte> bytes, bool last) {
    for (;;) {
      const std::size_t got = decoder_.fill(bytes, std::span(ring_).subspan(kept_));
      const bool dry = kept_ + got < ring_.size();
      if (dry && !last) {
        kept_ += got;
        return;
      }
      apply(kept_ + got, dry);
      if (dry) return;
    }
  }

  void check() {
    if (const auto& problem = decoder_.finish()) {
      throw std::runtime_error(feed::to_string(problem));
    }
  }

  [[nodiscard]] Count count() const { return {decoder_.messages(), events_, refused_}; }
  [[nodiscard]] const book::Books& books() const { return *books_; }
  [[nodiscard]] std::size_t bytes() const {
    return books_->bytes() + ring_.size() * sizeof(feed::Event);
  }

 private:
  static feed::ItchDecoder::Options options(const Plan& plan) {
    feed::ItchDecoder::Options wanted;
    if (!plan.symbol.empty()) wanted.symbols.push_back(plan.symbol);
    return wanted;
  }

  void apply(std::size_t n, bool dry) {
    if (plan_.decode_only) {
      events_ += n;
      kept_ = 0;
      return;
    }
    const auto done = books_->apply(std::span(ring_).first(n), dry);
    events_ += done.events;
    refused_ += done.refused;
    kept_ = n - done.events;
    const auto from = ring_.begin() + static_cast<std::ptrdiff_t>(done.events);
    std::copy(from, from + static_cast<std::ptrdiff_t>(kept_), ring_.begin());
  }

  const Plan& plan_;
  feed::ItchDecoder decoder_;
  std::unique_ptr<book::Books> books_;
  std::vector<feed::Event> ring_;
  std::size_t kept_{};
  std::uint64_t events_{}, refused_{};
};

void run(Replay& replay, const Plan& plan, const bench::File& file,
         const bench::Bytes* loaded) {
  if (plan.source == "read") {
    std::vector<std::byte> chunk(std::size_t{1} << 18);
    for (std::size_t at = 0; at < file.size();) {
      const auto n =
          ::pread(file.handle(), chunk.data(), chunk.size(), static_cast<::off_t>(at));
      if (n <= 0) throw std::runtime_error("cannot read the file");
      at += static_cast<std::size_t>(n);
      replay.take(std::span(chunk).first(static_cast<std::size_t>(n)),
                  at == file.size());
    }
  } else if (loaded != nullptr) {
    replay.take(loaded->all(), true);
  } else {
    const bench::Bytes mapped(file, true);
    replay.take(mapped.all(), true);
  }
}

int go(const Plan& plan) {
  const bench::File file(plan.path);
  std::unique_ptr<bench::Bytes> loaded;
  if (plan.source == "memory") loaded = std::make_unique<bench::Bytes>(file, false);

  double seconds = 0;
  std::uint64_t messages = 0;
  std::unique_ptr<Replay> replay;
  for (int i = 0; i < plan.repeat; ++i) {
    replay.reset();
    const double begin = bench::cpu_seconds();
    replay = std::make_unique<Replay>(plan);
    run(*replay, plan, file, loaded.get());
    seconds += bench::cpu_seconds() - begin;
    replay->check();
    messages += replay->count().messages;
  }
  const Count count = replay->count();
  const double per = seconds * 1e9;
  std::printf(
      "ours %.1f ns/msg messages %llu events %llu refused %llu live %zu memory %.0f MB "
      "statehash %016llx\n",
      per / static_cast<double>(messages),
      static_cast<unsigned long long>(count.messages),
      static_cast<unsigned long long>(count.events),
      static_cast<unsigned long long>(count.refused), replay->books().order_count(),
      static_cast<double>(replay->bytes()) / 1e6,
      static_cast<unsigned long long>(replay->books().state_hash()));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  Plan plan;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    const auto value = [&]() -> std::string { return ++i < count ? arguments[i] : ""; };
    if (name == "--source") {
      plan.source = value();
    } else if (name == "--symbol") {
      plan.symbol = value();
    } else if (name == "--ring") {
      plan.ring = std::strtoull(value().c_str(), nullptr, 10);
    } else if (name == "--repeat") {
      plan.repeat = std::max(1, std::atoi(value().c_str()));
    } else if (name == "--decode-only") {
      plan.decode_only = true;
    } else {
      plan.path = name;
    }
  }
  const bool known =
      plan.source == "map" || plan.source == "memory" || plan.source == "read";
  if (plan.path.empty() || plan.path.starts_with("-") || !known) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    return go(plan);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_itch_book: %s\n", error.what());
    return 1;
  }
}

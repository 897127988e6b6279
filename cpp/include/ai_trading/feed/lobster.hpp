// LOBSTER message files: lines of CSV in, events out, and the way back.
//
//   1 add   2 reduce   3 remove   4 execute   5 trade (hidden)   6 cross   7 status
//
// One event per line, in file order.  Every event but a status carries the price and
// the side of the resting order, and what left it: orders that rested before the window
// opens (or beyond its levels) appear without a submission, and with these fields the
// totals per level stay exact.
//
// Units       timestamp in UTC nanoseconds: the caller's midnight plus the line's time,
//             read as whole numbers; decimals beyond the ninth, which are artefacts of
//             the vendor's floating point, are rounded.  Price in ticks of 1e-4 dollars,
//             quantity in shares.
// Checked     line by line, before the line becomes an event.
// Threads     one at a time.
// Cost        O(1) per line, no allocation.  Memory is bounded by the longest line, 128
//             bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::feed {

// What could not be read, and where.
struct LobsterProblem {
  const char* what = nullptr;  // which field, and what is allowed; null: no problem
  std::uint64_t line = 0;      // counted from 1
  std::uint64_t offset = 0;    // of the line's first byte in the stream
  std::string text = {};       // the line, or its beginning

  explicit operator bool() const { return what != nullptr; }
};

[[nodiscard]] std::string to_string(const LobsterProblem& problem);

class LobsterDecoder {
 public:
  enum class OnProblem : std::uint8_t { stop, skip };

  // `midnight` is the UTC instant of the day's New York midnight; every event is of
  // `instrument`.  Throws std::invalid_argument where midnight plus a day would leave
  // 64 bits.
  LobsterDecoder(Nanos midnight, InstrumentIndex instrument,
                 OnProblem on_problem = OnProblem::stop);

  // Reads the next bytes of the stream and calls `sink(const Event&)` for each event.
  // Where `problem()` is set afterwards, everything before it has been delivered and
  // nothing more will be.
  template <class Sink>
  void decode(std::span<const std::byte> bytes, Sink&& sink);

  // The stream ends here: a last line without a newline is read now.
  template <class Sink>
  void finish(Sink&& sink);

  [[nodiscard]] const LobsterProblem& problem() const { return problem_; }
  // Under OnProblem::skip: how many lines were passed over, and the first of them.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  [[nodiscard]] const std::vector<LobsterProblem>& problems() const {
    return problems_;
  }
  static constexpr std::size_t kProblemsKept = 100;

  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  // Events by LOBSTER's type, 1 to 7.
  [[nodiscard]] const std::array<std::uint64_t, 8>& counts() const { return counts_; }

 private:
  static constexpr std::size_t kLongest = 128;

  // Reads one line without its newline.  True where `event` is one; false where the
  // line is empty or refused.
  bool read(std::string_view line, Event& event);
  void refuse(const char* what, std::string_view line);
  // Reads a line that ends `taken` bytes further on in the stream.
  template <class Sink>
  void line(std::string_view text, std::size_t taken, Sink& sink);
  // Keeps the beginning of a line until the rest of it comes.
  void keep(std::string_view text);

  std::int64_t midnight_;
  InstrumentIndex instrument_;
  OnProblem on_problem_;
  std::uint64_t lines_ = 0;
  std::uint64_t offset_ = 0;
  std::array<std::uint64_t, 8> counts_{};
  LobsterProblem problem_;
  std::uint64_t skipped_ = 0;
  std::vector<LobsterProblem> problems_;
  std::uint64_t begun_ = 0;  // bytes of the unfinished line; the first are in carry_
  std::array<char, kLongest + 1> carry_{};
};

template <class Sink>
void LobsterDecoder::line(std::string_view text, std::size_t taken, Sink& sink) {
  Event event;
  const bool is_event = read(text, event);
  if (problem_) return;
  ++lines_;
  offset_ += taken;
  if (is_event) sink(event);
}

template <class Sink>
void LobsterDecoder::decode(std::span<const std::byte> bytes, Sink&& sink) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!rest.empty() && !problem_) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) {
      keep(rest);
      return;
    }
    if (begun_ == 0) {
      line(rest.substr(0, end), end + 1, sink);
    } else {
      keep(rest.substr(0, end));
      const auto length = begun_;
      if (!problem_) {
        line({carry_.data(), std::min<std::size_t>(length, carry_.size())}, length + 1,
             sink);
      }
      begun_ = 0;
    }
    rest.remove_prefix(end + 1);
  }
}

template <class Sink>
void LobsterDecoder::finish(Sink&& sink) {
  if (problem_ || begun_ == 0) return;
  const auto length = begun_;
  line({carry_.data(), std::min<std::size_t>(length, carry_.size())}, length, sink);
  begun_ = 0;
}

// Appends the line that says this event, newline included; `midnight` as the decoder's.
// False, and `out` unchanged, where LOBSTER has no line for it: kinds other than the
// seven, no side, a time outside the day, a size that is not positive.
[[nodiscard]] bool append_lobster(std::string& out, const Event& event, Nanos midnight);

}  // namespace ai_trading::feed

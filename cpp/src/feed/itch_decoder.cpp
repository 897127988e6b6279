#include "ai_trading/feed/itch_decoder.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "ai_trading/base/dispatch.hpp"

namespace ai_trading::feed {
namespace {

constexpr std::size_t kMostListed = 65'536;  // by R messages; a locate has 16 bits

// The text without its padding, or empty where it is no plain text.
std::string trimmed(const std::byte* stock) {
  std::string_view text(reinterpret_cast<const char*>(stock), sizeof(itch::Stock));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) {
    text.remove_suffix(1);
  }
  const bool plain =
      std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
  return plain ? std::string(text) : std::string();
}

std::string quoted(std::uint64_t letter) {
  if (letter > ' ' && letter < 0x7F) {
    return std::string("'") + static_cast<char>(letter) + "'";
  }
  return "byte " + std::to_string(letter);
}

std::string what(const ItchProblem& p) {
  switch (p.fault) {
    case ItchFault::none:
      return "no problem";
    case ItchFault::unknown_type:
      return "unknown message type " + quoted(p.type) + " (length " +
             std::to_string(p.length) +
             "); the file is damaged, or not ITCH 5.0. Use on_unknown='skip' to pass "
             "over messages of unknown types";
    case ItchFault::wrong_length:
      return "a message of type " + quoted(p.type) + " has " +
             std::to_string(p.expected) + " bytes, but its frame says " +
             std::to_string(p.length) + "; the file is damaged, or not ITCH 5.0";
    case ItchFault::bad_value:
      return std::string("in a message of type ") + quoted(p.type) + ", " + p.field +
             "; received " +
             (p.value < 256 ? quoted(p.value) : std::to_string(p.value));
    case ItchFault::truncated:
      return "the input ends inside a message: " + std::to_string(p.length) +
             " bytes of it are there" +
             (p.expected == 0 ? std::string()
                              : ", " + std::to_string(p.expected) +
                                    " were announced (type " + quoted(p.type) + ")") +
             "; the file is cut short";
    case ItchFault::after_end:
      return "bytes follow a message of length zero, which ends a file; if every "
             "length prefix of this file is zero, use framing='by_type'";
  }
  return {};
}

}  // namespace

std::string to_string(const ItchProblem& problem) {
  return "message " + std::to_string(problem.message) + " at byte " +
         std::to_string(problem.offset) + ": " + what(problem);
}

ItchDecoder::ItchDecoder(Nanos midnight, Options options)
    : midnight_(midnight.n),
      framing_(options.framing),
      on_problem_(options.on_problem),
      filtered_(!options.symbols.empty()),
      where_(kLocates, kUnknown),
      symbols_(options.symbols.begin(), options.symbols.end()) {
  if (midnight.n >
      std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(kDay)) {
    throw std::invalid_argument(
        "midnight must leave room for a day within 64 bits; received " +
        std::to_string(midnight.n));
  }
}

AI_TRADING_DISPATCH
std::size_t ItchDecoder::fill(std::span<const std::byte>& bytes, std::span<Event> out) {
  if (out.empty()) return 0;
  Event* at = out.data();
  Event* const end = at + out.size();
  const auto used = decode(bytes, [&at, end](const Event& event, std::uint64_t) {
    *at = event;
    return ++at != end;
  });
  bytes = bytes.subspan(used);
  return static_cast<std::size_t>(at - out.data());
}

const ItchProblem& ItchDecoder::finish() {
  if (problem_) return problem_;
  // An empty message, prefix zero, is how a BinaryFILE may end.
  const bool ended =
      carried_ == 2 && carry_[0] == std::byte{0} && carry_[1] == std::byte{0};
  if (ended) {
    offset_ += std::exchange(carried_, 0);
  } else if (carried_ != 0 || skip_ != 0) {
    ItchProblem problem{ItchFault::truncated, offset_, messages_};
    problem.length = carried_;
    if (carried_ >= 3) {
      problem.type = std::to_integer<std::uint8_t>(carry_[2]);
      problem.expected = 2U + itch::kLengths[problem.type];
    }
    problem_ = problem;
  }
  return problem_;
}

// Records what cannot be read.  True where the stream goes on behind it.
bool ItchDecoder::refuse(ItchProblem problem, bool frame_intact) {
  if (frame_intact && on_problem_ == OnProblem::skip) {
    ++skipped_;
    if (problems_.size() < kProblemsKept) problems_.push_back(problem);
    return true;
  }
  problem_ = problem;
  return false;
}

bool ItchDecoder::chosen(const std::string& symbol) const {
  return !filtered_ || symbols_.contains(symbol);
}

std::uint32_t ItchDecoder::enter(std::string symbol, std::uint16_t locate) {
  const auto index = static_cast<std::uint32_t>(instruments_.size());
  by_symbol_.emplace(symbol, index);
  instruments_.push_back({std::move(symbol), locate, false, {}});
  return index;
}

// The index of a locate that is new, or known by its number only; kDropped where the
// filter keeps it out.
std::uint32_t ItchDecoder::settle(std::uint16_t locate, const std::byte* stock) {
  std::uint32_t& slot = where_[locate];
  if (slot == kDropped) return kDropped;
  const std::string name = stock == nullptr ? std::string() : trimmed(stock);

  if (slot == kUnknown) {
    std::string symbol = name;
    if (name.empty()) symbol.append(1, '#').append(std::to_string(locate));
    if (!chosen(symbol)) {
      if (!name.empty()) slot = kDropped;  // a nameless one may still be named
      return kDropped;
    }
    const auto known = by_symbol_.find(symbol);
    const auto index =
        known == by_symbol_.end() ? enter(std::move(symbol), locate) : known->second;
    slot = name.empty() ? index | kNameless : index;
    return index;
  }

  const std::uint32_t index = slot & ~kNameless;
  if (name.empty()) return index;
  if (by_symbol_.emplace(name, index).second) {
    by_symbol_.erase(instruments_[index].symbol);
    instruments_[index].symbol = name;
    slot = index;
    return index;
  }
  return slot = by_symbol_.at(name);
}

// Takes in a directory message.  False where its symbol is none or there is no room.
bool ItchDecoder::list(const itch::StockDirectory& directory, std::uint32_t& index) {
  const std::uint16_t locate = directory.header.locate;
  const auto* const stock = reinterpret_cast<const std::byte*>(directory.stock.data());
  const std::string name = trimmed(stock);
  if (name.empty()) {
    (void)bad("the symbol must be one to eight printable letters",
              load_big<std::uint64_t>(stock));
    return false;
  }
  std::uint32_t& slot = where_[locate];
  if (!chosen(name)) {
    slot = index = kDropped;
    return true;
  }
  if (slot < kUnknown && (slot & kNameless) != 0) {
    (void)settle(locate, stock);
  } else if (const auto known = by_symbol_.find(name); known != by_symbol_.end()) {
    slot = known->second;
  } else if (instruments_.size() >= kMostListed) {
    (void)bad("a day has at most 65536 symbols; this one is one more",
              instruments_.size());
    return false;
  } else {
    slot = enter(name, locate);
  }
  index = slot;
  ItchInstrument& instrument = instruments_[index];
  instrument.locate = locate;
  instrument.listed = true;
  instrument.directory = directory;
  return true;
}

}  // namespace ai_trading::feed

#include "ai_trading/feed/lobster.hpp"

#include <limits>
#include <stdexcept>

namespace ai_trading::feed {
namespace {

constexpr std::int64_t kDay = 86'400'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

// Reads a line from its front.  After a failure nothing more is read.
class Fields {
 public:
  explicit Fields(std::string_view line) : at_(line.data()), end_(at_ + line.size()) {}

  // A whole number of at most 18 digits, with a minus sign where negative.
  std::int64_t integer() {
    const bool negative = at_ != end_ && *at_ == '-';
    if (negative) ++at_;
    const std::int64_t value = digits(18);
    return negative ? -value : value;
  }

  // Seconds with decimals, as nanoseconds; halves of one round up.
  std::int64_t seconds() {
    std::int64_t nanos = digits(6) * kSecond;
    if (at_ == end_ || *at_ != '.') return nanos;
    const char* const first = ++at_;
    std::int64_t step = kSecond / 10;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_, step /= 10) {
      nanos += step * (*at_ - '0');
      if (at_ - first == 9 && *at_ >= '5') ++nanos;  // the tenth decimal
    }
    ok_ = ok_ && at_ != first;
    return nanos;
  }

  void comma() {
    ok_ = ok_ && at_ != end_ && *at_ == ',';
    if (ok_) ++at_;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return at_ == end_; }

 private:
  std::int64_t digits(int most) {
    std::int64_t value = 0;
    int n = 0;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9' && n < most; ++at_, ++n) {
      value = value * 10 + (*at_ - '0');
    }
    ok_ = ok_ && n > 0;
    return value;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace

std::string to_string(const LobsterProblem& problem) {
  if (!problem) return "no problem";
  std::string shown;
  for (const char c : problem.text) shown += c >= ' ' && c < '\x7F' ? c : '?';
  return "line " + std::to_string(problem.line) + " at byte " +
         std::to_string(problem.offset) + ": " + problem.what + "; received '" + shown +
         "'";
}

LobsterDecoder::LobsterDecoder(Nanos midnight, InstrumentIndex instrument,
                               OnProblem on_problem)
    : midnight_(midnight.n), instrument_(instrument), on_problem_(on_problem) {
  if (midnight.n > std::numeric_limits<std::int64_t>::max() - kDay) {
    throw std::invalid_argument(
        "midnight must leave room for a day within 64 bits; received " +
        std::to_string(midnight.n));
  }
}

void LobsterDecoder::refuse(const char* what, std::string_view line) {
  LobsterProblem problem{what, lines_ + 1, offset_,
                         std::string(line.substr(0, kLongest))};
  if (on_problem_ == OnProblem::stop) {
    problem_ = std::move(problem);
    return;
  }
  ++skipped_;
  if (problems_.size() < kProblemsKept) problems_.push_back(std::move(problem));
}

void LobsterDecoder::keep(std::string_view text) {
  if (begun_ < carry_.size()) {
    const auto n = std::min(text.size(), carry_.size() - begun_);
    if (n != 0) std::memcpy(carry_.data() + begun_, text.data(), n);
  }
  begun_ += text.size();
  // Without a newline in sight there is no point in waiting for one.
  if (begun_ > kLongest && on_problem_ == OnProblem::stop) {
    refuse("a line has at most 128 bytes; is this a LOBSTER message file?",
           {carry_.data(), kLongest});
  }
}

bool LobsterDecoder::read(std::string_view line, Event& event) {
  const std::string_view whole = line;
  const auto fail = [&](const char* what) {
    refuse(what, whole);
    return false;
  };
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty()) return false;
  if (line.size() > kLongest) {
    return fail("a line has at most 128 bytes; is this a LOBSTER message file?");
  }

  Fields fields(line);
  const std::int64_t time = fields.seconds();
  fields.comma();
  const std::int64_t type = fields.integer();
  fields.comma();
  const std::int64_t id = fields.integer();
  fields.comma();
  const std::int64_t size = fields.integer();
  fields.comma();
  const std::int64_t price = fields.integer();
  fields.comma();
  const std::int64_t direction = fields.integer();
  if (!fields.ok() || !fields.done()) {
    return fail("a line is time,type,id,size,price,direction in plain numbers");
  }
  if (time >= kDay) return fail("the time must be below 86400 seconds");
  if (type < 1 || type > 7) return fail("the type must be 1 to 7");
  if (direction != 1 && direction != -1) return fail("the direction must be 1 or -1");
  if (id < -1) return fail("the order id must not be negative");
  if (type <= 5 && size < 1) return fail("the size must be positive");
  if (size < 0) return fail("the size must not be negative");
  if (type == 7 ? price < -1 || price > 1 : price < 0) {
    return fail(type == 7 ? "a halt's price must be -1, 0 or 1"
                          : "the price must not be negative");
  }

  constexpr std::array<EventKind, 8> kinds{
      EventKind::info,    EventKind::add,   EventKind::reduce, EventKind::remove,
      EventKind::execute, EventKind::trade, EventKind::cross,  EventKind::status};
  const auto slot = static_cast<std::size_t>(type);
  event = Event{};
  event.timestamp = midnight_ + time;
  event.instrument = instrument_;
  event.kind = static_cast<std::uint8_t>(kinds[slot]);
  if (type == 7) {
    constexpr std::array<TradingState, 3> states{
        TradingState::halted, TradingState::quotation, TradingState::continuous};
    event.side = static_cast<std::uint8_t>(Side::none);
    event.aux = static_cast<std::uint64_t>(states[static_cast<std::size_t>(price + 1)]);
  } else {
    event.side = static_cast<std::uint8_t>(direction == 1 ? Side::buy : Side::sell);
    event.flags = type == 5 ? flag::hidden : std::uint16_t{0};
    event.order_id = id == -1 ? 0 : static_cast<std::uint64_t>(id);
    event.price = price;
    event.quantity = size;
  }
  ++counts_[slot];
  return true;
}

bool append_lobster(std::string& out, const Event& event, Nanos midnight) {
  std::int64_t time = 0;
  if (__builtin_sub_overflow(event.timestamp, midnight.n, &time) || time < 0 ||
      time >= kDay) {
    return false;
  }
  int type = 0;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::add:
      type = 1;
      break;
    case EventKind::reduce:
      type = 2;
      break;
    case EventKind::remove:
      type = 3;
      break;
    case EventKind::execute:
      type = 4;
      break;
    case EventKind::trade:
      type = 5;
      break;
    case EventKind::cross:
      type = 6;
      break;
    case EventKind::status:
      type = 7;
      break;
    default:
      return false;
  }
  constexpr std::int64_t most = 999'999'999'999'999'999;  // 18 digits
  std::int64_t price = event.price;
  int direction = event.side == static_cast<std::uint8_t>(Side::buy) ? 1 : -1;
  if (type == 7) {
    direction = -1;
    if (event.aux > 255) return false;
    switch (static_cast<TradingState>(event.aux)) {
      case TradingState::halted:
        price = -1;
        break;
      case TradingState::quotation:
        price = 0;
        break;
      case TradingState::continuous:
        price = 1;
        break;
      default:
        return false;
    }
  } else {
    const bool one_sided = event.side <= static_cast<std::uint8_t>(Side::sell);
    if (!one_sided && type != 6) return false;
    if (price < 0 || price > most || event.quantity > most ||
        event.order_id > static_cast<std::uint64_t>(most) ||
        event.quantity < (type == 6 ? 0 : 1)) {
      return false;
    }
  }

  // The vendor writes no trailing zeros, and no point before none.
  std::string nanos = std::to_string(kSecond + time % kSecond);
  nanos[0] = '.';
  while (nanos.back() == '0') nanos.pop_back();
  if (nanos == ".") nanos.clear();
  out += std::to_string(time / kSecond) + nanos + ',' + std::to_string(type) + ',' +
         std::to_string(type == 7 ? 0 : event.order_id) + ',' +
         std::to_string(type == 7 ? 0 : event.quantity) + ',' + std::to_string(price) +
         ',' + std::to_string(direction) + '\n';
  return true;
}

}  // namespace ai_trading::feed

#include "ai_trading/rules/luld.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace ai_trading::rules {

namespace {

constexpr std::int64_t kDollar = 1'000'000'000;
constexpr std::int64_t kCent = kDollar / 100;

constexpr Nanos kWindow = minutes(5);
constexpr Nanos kHold = seconds(30);
constexpr Nanos kLimitState = seconds(15);
constexpr Nanos kPause = minutes(5);
constexpr Nanos kLastTen = minutes(10);
constexpr Nanos kDoubled = minutes(25);

[[noreturn]] void refuse(const std::string& what, std::int64_t received) {
  throw std::invalid_argument("limit up, limit down: " + what + "; received " +
                              std::to_string(received));
}

// The nearest multiple, halves up, of what is not negative.
template <class Wide>
std::int64_t nearest(Wide numerator, Wide denominator) {
  return static_cast<std::int64_t>((2 * numerator + denominator) / (2 * denominator));
}

void check_settings(const LuldSettings& s) {
  if (s.previous_close.n < 1)
    refuse("the previous close must be positive", s.previous_close.n);
  if (s.tick_nano < 1 || kCent % s.tick_nano != 0)
    refuse("a cent must be a whole number of ticks (tick_nano)", s.tick_nano);
  if (s.leverage_percent < 100 || s.leverage_percent > 1000)
    refuse("leverage_percent must lie between 100 and 1000", s.leverage_percent);
  if (s.tier == Tier::one && s.leverage_percent != 100)
    refuse("leverage_percent counts in tier 2 only", s.leverage_percent);
  if (s.open.n < 0 || s.close > kDay || s.close - s.open < minutes(30))
    refuse("the session must last half an hour or more within a day",
           (s.close - s.open).n);
}

}  // namespace

LuldWidth luld_width(const LuldSettings& s, Nanos now) {
  __extension__ using Wide = __int128;
  const Wide close = Wide{s.previous_close.n} * s.tick_nano;
  const bool cheap = close <= 3 * Wide{kDollar};
  const bool penny = close < 75 * Wide{kCent};
  const bool late = now >= s.close - kDoubled;
  const std::int64_t times = late && (s.tier == Tier::one || cheap) ? 2 : 1;
  const auto scaled = [&](std::int64_t x) {
    return x * times * s.leverage_percent / 100;
  };
  if (penny) return {scaled(7500), scaled(15 * kCent)};
  if (cheap) return {scaled(2000), std::nullopt};
  return {scaled(s.tier == Tier::one ? 500 : 1000), std::nullopt};
}

PriceBands luld_bands(Ticks reference, const LuldWidth& width, std::int64_t tick_nano) {
  __extension__ using Wide = __int128;
  constexpr std::int64_t kWhole = 10'000;  // basis points
  const std::int64_t cent = kCent / tick_nano;
  Wide away = Wide{reference.n} * width.basis_points;  // in 1e-4 ticks
  if (width.cap_nano) away = std::min(away, Wide{*width.cap_nano / tick_nano} * kWhole);
  const Wide middle = Wide{reference.n} * kWhole;
  const Wide unit = Wide{cent} * kWhole;
  const Wide lower = std::max(middle - away, Wide{0});
  return {Ticks{nearest(lower, unit) * cent},
          Ticks{nearest(middle + away, unit) * cent}};
}

void LimitUpLimitDown::Prints::push(const Print& print) {
  if (count_ == ring_.size()) {
    std::vector<Print> grown;
    grown.reserve(std::max<std::size_t>(64, 2 * count_));
    for (std::size_t i = 0; i < count_; ++i)
      grown.push_back(ring_[(first_ + i) % ring_.size()]);
    grown.resize(grown.capacity());
    ring_ = std::move(grown);
    first_ = 0;
  }
  ring_[(first_ + count_++) % ring_.size()] = print;
}

void LimitUpLimitDown::Prints::pop() {
  first_ = (first_ + 1) % ring_.size();
  --count_;
}

LimitUpLimitDown::LimitUpLimitDown(const LuldSettings& settings) : settings_(settings) {
  check_settings(settings);
}

void LimitUpLimitDown::check(Ticks price) const {
  if (price.n < 1 || price.n > kMaxPrice) refuse("a price must be positive", price.n);
}

std::optional<PriceBands> LimitUpLimitDown::bands() const {
  if (state_ == LuldState::normal || in_limit()) return bands_;
  return std::nullopt;
}

std::optional<Ticks> LimitUpLimitDown::reference() const {
  if (state_ == LuldState::normal || in_limit()) return reference_;
  return std::nullopt;
}

Nanos LimitUpLimitDown::deadline() const {
  if (in_limit()) return entered_ + kLimitState;
  return state_ == LuldState::paused ? until_ : kNever;
}

bool LimitUpLimitDown::straddle() const {
  return state_ == LuldState::normal &&
         ((bid_ && *bid_ < bands_.lower) || (offer_ && *offer_ > bands_.upper));
}

bool LimitUpLimitDown::may_trade(Ticks price) const {
  const auto now = bands();
  return now && now->holds(price);
}

bool LimitUpLimitDown::may_show(Side side, Ticks price) const {
  const auto now = bands();
  if (!now) return true;
  return side == Side::buy ? price <= now->upper : price >= now->lower;
}

// The moment of the next thing that happens by itself; happen() does it.
Nanos LimitUpLimitDown::next_due() const {
  if (state_ == LuldState::closed) return kNever;
  Nanos due = settings_.close;
  if (!prints_.empty()) due = std::min(due, prints_.oldest().at + kWindow);
  if (state_ == LuldState::no_bands && !opened_ && settings_.open + kWindow > now_)
    due = std::min(due, settings_.open + kWindow);
  if (state_ == LuldState::normal && waiting_) due = std::min(due, since_ + kHold);
  if (state_ == LuldState::normal && !doubled_)
    due = std::min(due, settings_.close - kDoubled);
  if (halted()) due = std::min(due, settings_.close - kLastTen);
  return std::min(due, deadline());
}

void LimitUpLimitDown::happen() {
  if (now_ >= settings_.close) {
    state_ = LuldState::closed;
    return;
  }
  while (!prints_.empty() && prints_.oldest().at + kWindow <= now_) {
    sum_ -= prints_.oldest().price.n;
    prints_.pop();
  }
  if (in_limit() && deadline() <= now_) stop();
  if (state_ == LuldState::paused && until_ <= now_) state_ = LuldState::reopening;
  if (halted() && now_ >= settings_.close - kLastTen) state_ = LuldState::until_close;
  if (state_ == LuldState::no_bands && !opened_ && !prints_.empty() &&
      now_ >= settings_.open + kWindow)
    begin(mean());
  review();
}

void LimitUpLimitDown::advance(Nanos now) {
  if (now < now_) refuse("time may not fall from " + std::to_string(now_.n), now.n);
  for (Nanos due = next_due(); due <= now; due = next_due()) {
    now_ = std::max(now_, due);
    happen();
  }
  now_ = now;
}

Ticks LimitUpLimitDown::mean() const {
  return Ticks{nearest(sum_, Sum{prints_.count()})};
}

void LimitUpLimitDown::add(Ticks price) {
  prints_.push({now_, price});
  sum_ += price.n;
}

void LimitUpLimitDown::begin(Ticks reference) {
  state_ = LuldState::normal;
  hit_ = reference;
  set_reference(reference);
}

void LimitUpLimitDown::set_reference(Ticks reference) {
  reference_ = reference;
  since_ = now_;
  waiting_ = false;
  widen();
}

void LimitUpLimitDown::widen() {
  doubled_ = now_ >= settings_.close - kDoubled;
  bands_ = luld_bands(reference_, luld_width(settings_, now_), settings_.tick_nano);
}

void LimitUpLimitDown::review() {
  if (state_ != LuldState::normal) return;
  if (!doubled_ && now_ >= settings_.close - kDoubled) widen();
  waiting_ = false;
  if (!prints_.empty()) {
    const Sum there = Sum{reference_.n} * prints_.count();
    const Sum moved = sum_ > there ? sum_ - there : there - sum_;
    if (100 * moved >= there) {
      waiting_ = now_ < since_ + kHold;
      if (!waiting_) set_reference(mean());
    }
  }
  judge();
}

void LimitUpLimitDown::judge() {
  if (state_ != LuldState::normal && !in_limit()) return;
  const bool crossed = bid_ && offer_ && *bid_ > *offer_;
  const LuldState before = state_;
  state_ = LuldState::normal;
  if (!crossed && bid_ == bands_.upper) state_ = LuldState::limit_up;
  if (!crossed && offer_ == bands_.lower) state_ = LuldState::limit_down;
  if (state_ == before) return;
  if (in_limit()) {
    entered_ = now_;
    hit_ = state_ == LuldState::limit_up ? bands_.upper : bands_.lower;
  } else {
    review();  // what stood still meanwhile
  }
}

void LimitUpLimitDown::stop() {
  state_ = LuldState::paused;
  until_ = now_ + kPause;
  waiting_ = false;
  prints_.clear();
  sum_ = 0;
  bid_ = offer_ = std::nullopt;
}

void LimitUpLimitDown::open(Nanos now, Ticks price, bool traded) {
  check(price);
  advance(now);
  if (now < settings_.open || state_ == LuldState::closed || opened_)
    refuse("a stock opens once, in the session", now.n);
  opened_ = true;
  if (state_ != LuldState::no_bands) return traded ? trade(now, price) : void();
  prints_.clear();
  sum_ = 0;
  if (traded) add(price);
  begin(price);
  review();
}

void LimitUpLimitDown::trade(Nanos now, Ticks price) {
  check(price);
  advance(now);
  if (now < settings_.open) return;
  if (state_ != LuldState::no_bands && !bands()) return;
  add(price);
  if (state_ == LuldState::no_bands && now >= settings_.open + kWindow) begin(mean());
  review();
}

void LimitUpLimitDown::quote(Nanos now, std::optional<Ticks> bid,
                             std::optional<Ticks> offer) {
  if (bid) check(*bid);
  if (offer) check(*offer);
  advance(now);
  if (state_ != LuldState::no_bands && !bands()) return;
  bid_ = bid;
  offer_ = offer;
  judge();
}

void LimitUpLimitDown::reopen(Nanos now, std::optional<Ticks> price) {
  if (price) check(*price);
  advance(now);
  if (state_ != LuldState::reopening)
    refuse("only a stock whose pause is over reopens, before the last ten minutes",
           now.n);
  if (price) add(*price);
  begin(price.value_or(hit_));
  review();
}

void LimitUpLimitDown::extend(Nanos now) {
  advance(now);
  if (state_ != LuldState::reopening)
    refuse("only a pause that is over can be extended", now.n);
  state_ = LuldState::paused;
  until_ = now + kPause;
}

void LimitUpLimitDown::pause(Nanos now, Nanos length) {
  if (length.n < 0) refuse("a pause cannot be shorter than nothing", length.n);
  advance(now);
  if (!bands()) refuse("a stock that does not trade cannot be paused", now.n);
  stop();
  until_ = now + length;
  happen();
}

}  // namespace ai_trading::rules

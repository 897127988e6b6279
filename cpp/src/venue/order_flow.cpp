// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/order_flow.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::venue {

using feed::Event;
using matching::Answer;
using matching::Gone;
using matching::NewOrder;
using matching::OrderView;

namespace {

// Shares of all events; the two of a pair together with their mirror images make 1.
constexpr double kLimitShare = 0.25;
constexpr double kMarketShare = 0.03;
constexpr double kCancelShare = 0.22;
// Of the excitation, what market orders cause among those of their own side.
constexpr double kEcho = 0.8;

constexpr double kBin = 1.0;          // seconds in which rates stay
constexpr double kGathering = 120.0;  // seconds before the open
constexpr double kOpenHeight = 5.0;   // bursts: height and length as a fraction
constexpr double kOpenLength = 0.03;  // of the session
constexpr double kCloseHeight = 4.0;
constexpr double kCloseLength = 0.02;
constexpr std::int64_t kFarthest = 200;  // steps from the touch
constexpr double kNanosPerSecond = 1e9;

std::int64_t whole(double x) {  // the largest integer not above x
  const auto cut = static_cast<std::int64_t>(x);
  return static_cast<double>(cut) > x ? cut - 1 : cut;
}

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

}  // namespace

OrderFlow::OrderFlow(FlowSettings settings)
    : settings_(std::move(settings)),
      length_(static_cast<double>((settings_.close - settings_.open).n) /
              kNanosPerSecond),
      feed_(pending_, feed::flag::simulated),
      listener_(*this),
      engine_(listener_, settings_.symbols.size()) {
  check();
  double activity = 0.0;
  for (const FlowSymbol& symbol : settings_.symbols) activity += symbol.activity;

  Rng rng(settings_.seed);
  for (const FlowSymbol& symbol : settings_.symbols) {
    const double events = settings_.events * symbol.activity / activity;
    const double crowd = std::clamp(events / 100.0, 20.0, 400.0);
    const double flow = std::max(events - 4.0 * crowd, 0.0);
    const double price =
        static_cast<double>(symbol.price.n) / static_cast<double>(symbol.step.n);
    stocks_.push_back({symbol, rng.split(), price + 0.5,
                       price * symbol.volatility / std::sqrt(length_), flow / length_,
                       crowd});
    to_gather_ += 2 * static_cast<std::size_t>(crowd);
  }
  now_ =
      settings_.open - Nanos{static_cast<std::int64_t>(kGathering * kNanosPerSecond)};
}

void OrderFlow::check() const {
  const FlowSettings& s = settings_;
  if (s.symbols.empty()) refuse("an order flow needs at least one symbol");
  if (s.symbols.size() > 65'535)
    refuse("an order flow has room for 65535 symbols; received " +
           std::to_string(s.symbols.size()));
  if (!(s.open < s.close)) refuse("the session must open before it closes");
  if (!(s.events >= 0.0 && s.events <= 1e10))
    refuse("events must lie between 0 and 1e10; received " + std::to_string(s.events));
  if (!(s.excitation >= 0.0 && s.excitation <= 0.9))
    refuse("excitation must lie between 0 and 0.9; received " +
           std::to_string(s.excitation));
  if (!(s.decay > 0.0 && s.decay <= 1e6))
    refuse("decay must lie between 0 and 1e6 per second; received " +
           std::to_string(s.decay));
  if (!(s.depth_exponent > 0.0 && s.depth_exponent <= 100.0))
    refuse("depth_exponent must lie between 0 and 100; received " +
           std::to_string(s.depth_exponent));
  for (std::size_t i = 0; i < s.symbols.size(); ++i) {
    const FlowSymbol& symbol = s.symbols[i];
    const std::string which = "symbols[" + std::to_string(i) + "]: ";
    if (symbol.step.n < 1 || symbol.step.n > 1'000'000'000)
      refuse(which + "the price step must lie between 1 and 1e9 ticks");
    if (symbol.price.n < 2 * symbol.step.n || symbol.price.n > (std::int64_t{1} << 50))
      refuse(which + "the price must lie between two steps and 2^50 ticks");
    if (!(symbol.volatility >= 0.0 && symbol.volatility <= 1.0))
      refuse(which + "the volatility must lie between 0 and 1");
    if (!(symbol.activity > 0.0 && symbol.activity <= 1e6))
      refuse(which + "the activity must lie between 0 and 1e6");
  }
}

// Serving.

std::size_t OrderFlow::fill(std::span<Event> out) {
  std::size_t written = 0;
  while (written < out.size()) {
    if (served_ == pending_.size()) {
      pending_.clear();
      served_ = 0;
      if (!step()) break;
      continue;
    }
    const std::size_t n = std::min(out.size() - written, pending_.size() - served_);
    std::copy_n(pending_.begin() + static_cast<std::ptrdiff_t>(served_), n,
                out.begin() + static_cast<std::ptrdiff_t>(written));
    written += n;
    served_ += n;
  }
  return written;
}

void OrderFlow::advance(Nanos until) {
  const auto next_at = [&] {
    if (phase_ == Phase::gathering) return settings_.open;
    if (due_.empty()) return settings_.close;
    return settings_.open +
           Nanos{static_cast<std::int64_t>(due_.front().time * kNanosPerSecond)};
  };
  while (phase_ != Phase::done && next_at() <= until) {
    pending_.clear();
    served_ = 0;
    (void)step();
  }
  pending_.clear();
  served_ = 0;
  now_ = std::max(now_, until);
}

bool OrderFlow::step() {
  switch (phase_) {
    case Phase::gathering:
      if (gathered_ < to_gather_) {
        gather();
      } else {
        open_session();
      }
      return true;
    case Phase::trading:
      if (due_.empty()) {
        close_session();
      } else {
        trade_once();
      }
      return true;
    case Phase::done:
      return false;
  }
  return false;
}

// Your orders.

Reject OrderFlow::submit(const NewOrder& order) {
  writer_.begin(now_, order.instrument, 0, answers_);
  feed_.begin(now_);
  Reject bad = admit();
  if (bad == Reject::none && (order.id < kOwnIds || order.owner == 0))
    bad = Reject::not_supported_here;
  if (bad == Reject::none) return engine_.submit(order);
  writer_.rejected(order.id, bad);
  return bad;
}

Reject OrderFlow::cancel(OrderId id) {
  writer_.begin(now_, 0, 0, answers_);
  feed_.begin(now_);
  const Reject bad = id < kOwnIds ? Reject::unknown_id : Reject::none;
  if (bad == Reject::none) return engine_.cancel(id);
  writer_.rejected(id, bad);
  return bad;
}

Reject OrderFlow::amend(OrderId id, Ticks price, Lots left) {
  writer_.begin(now_, 0, 0, answers_);
  feed_.begin(now_);
  const Reject bad = id < kOwnIds ? Reject::unknown_id : admit();
  if (bad == Reject::none) return engine_.amend(id, price, left);
  writer_.rejected(id, bad);
  return bad;
}

std::vector<Answer> OrderFlow::take_answers() { return std::exchange(answers_, {}); }

void OrderFlow::Listener::accepted(const NewOrder& order) {
  if (order.owner != 0) flow->writer_.accepted(order);
}

void OrderFlow::Listener::rejected(OrderId id, Reject why) {
  if (id >= kOwnIds) flow->writer_.rejected(id, why);
}

void OrderFlow::Listener::traded(const matching::Trade& trade) {
  flow->feed_.traded(trade);
  if (trade.maker_owner != 0 || trade.taker_owner != 0) flow->writer_.traded(trade);
  if (trade.maker_owner == 0 && trade.maker_left.n == 0) {
    const auto side = static_cast<std::size_t>(trade.maker_side);
    ++flow->stocks_[trade.instrument].crowds[side].gone;
  }
}

void OrderFlow::Listener::rested(const OrderView& order) {
  flow->feed_.rested(order);
  if (order.owner != 0) {
    flow->writer_.rested(order);
  } else {
    const auto side = static_cast<std::size_t>(order.side);
    flow->stocks_[order.instrument].crowds[side].ids.push_back(order.id);
  }
}

void OrderFlow::Listener::replaced(const matching::Replaced& change) {
  flow->feed_.replaced(change);
  if (change.before.owner != 0) flow->writer_.replaced(change);
}

void OrderFlow::Listener::canceled(const OrderView& order, Gone why) {
  flow->feed_.canceled(order, why);
  if (order.owner != 0) flow->writer_.canceled(order, why);
}

void OrderFlow::Listener::expired(const OrderView& order) {
  flow->feed_.expired(order);
  if (order.owner != 0) flow->writer_.expired(order);
}

// The day.

void OrderFlow::begin(std::uint32_t index, double time) {
  now_ = std::max(
      now_, settings_.open + Nanos{static_cast<std::int64_t>(time * kNanosPerSecond)});
  feed_.begin(now_);
  writer_.begin(now_, index, 0, answers_);
}

void OrderFlow::status(std::uint32_t index, feed::TradingState state, char letter) {
  Event event{};
  event.timestamp = now_.n;
  event.instrument = index;
  event.kind = static_cast<std::uint8_t>(feed::EventKind::status);
  event.side = static_cast<std::uint8_t>(Side::none);
  event.flags = feed::flag::simulated;
  event.order_id = static_cast<unsigned char>(letter);
  event.aux = static_cast<std::uint64_t>(state);
  pending_.push_back(event);
}

// Before the open the books fill, each symbol in its turn, without crossing.
void OrderFlow::gather() {
  const auto index = static_cast<std::uint32_t>(gathered_ % stocks_.size());
  const double part = static_cast<double>(gathered_) / static_cast<double>(to_gather_);
  begin(index, (part - 1.0) * kGathering);
  place(index, gathered_ / stocks_.size() % 2 == 0 ? Side::buy : Side::sell);
  ++gathered_;
}

void OrderFlow::open_session() {
  phase_ = Phase::trading;
  for (std::uint32_t i = 0; i < stocks_.size(); ++i) {
    begin(i, 0.0);
    status(i, feed::TradingState::continuous, 'T');
    begin_bin(stocks_[i]);
    schedule(i);
  }
}

void OrderFlow::close_session() {
  phase_ = Phase::done;
  for (std::uint32_t i = 0; i < stocks_.size(); ++i) {
    now_ = settings_.close;
    begin(i, length_);
    (void)engine_.expire(i);
    status(i, feed::TradingState::closed, 0);
  }
}

void OrderFlow::schedule(std::uint32_t index) {
  draw_next(index);
  if (stocks_[index].time >= length_) return;
  due_.push_back({stocks_[index].time, index});
  std::ranges::push_heap(due_, [](const Due& a, const Due& b) {
    return a.time != b.time ? a.time > b.time : a.stock > b.stock;
  });
}

void OrderFlow::trade_once() {
  std::ranges::pop_heap(due_, [](const Due& a, const Due& b) {
    return a.time != b.time ? a.time > b.time : a.stock > b.stock;
  });
  const Due due = due_.back();
  due_.pop_back();
  begin(due.stock, due.time);
  act(due.stock);
  schedule(due.stock);
}

// Arrivals: thinning (Ogata 1981) inside bins in which the shape of the day stays.

void OrderFlow::begin_bin(Stock& stock) const {
  const double x = stock.time / length_;
  const double burst = kOpenHeight * portable_exp(-x / kOpenLength) +
                       kCloseHeight * portable_exp((x - 1.0) / kCloseLength);
  const double mean = 1.0 + kOpenHeight * kOpenLength + kCloseHeight * kCloseLength;
  stock.shape = (1.0 + burst) / mean;
  stock.bin_end = std::min(stock.time + kBin, length_);
}

void OrderFlow::decay(Stock& stock, double until) const {
  const double left = portable_exp(-settings_.decay * (until - stock.time));
  stock.all *= left;
  stock.by_market[0] *= left;
  stock.by_market[1] *= left;
  stock.time = until;
}

// In the long run each kind has its share of the events: what one event causes sums
// over kinds to `excitation`, split by those shares, except that market orders echo
// on their own side.
std::array<double, OrderFlow::kKinds> OrderFlow::intensities(const Stock& s) const {
  const double n = settings_.excitation;
  const double base = s.rate * s.shape * (1.0 - n);
  const double cause = settings_.decay * n;
  const double others = s.all - s.by_market[0] - s.by_market[1];
  const double any = base + cause * s.all;
  const double quiet = kMarketShare * base + cause * (1.0 - kEcho) * kMarketShare /
                                                 (1.0 - 2.0 * kMarketShare) * others;
  const double echo = cause * kEcho;
  return {kLimitShare * any,
          kLimitShare * any,
          quiet + echo * s.by_market[0],
          quiet + echo * s.by_market[1],
          kCancelShare * any * s.crowds[0].live() / s.crowd_size,
          kCancelShare * any * s.crowds[1].live() / s.crowd_size};
}

void OrderFlow::draw_next(std::uint32_t index) {
  Stock& s = stocks_[index];
  double bound = 0.0;
  for (const double x : intensities(s)) bound += x;
  while (s.time < length_) {
    const double at = bound > 0.0 ? s.time + s.rng.exponential() / bound : length_;
    if (at >= s.bin_end) {
      decay(s, s.bin_end);
      s.value += s.walk * std::sqrt(kBin) * s.rng.normal();
      s.value = std::max(s.value, 2.0);
      begin_bin(s);
      bound = 0.0;
      for (const double x : intensities(s)) bound += x;
      continue;
    }
    decay(s, at);
    const auto rates = intensities(s);
    double total = 0.0;
    for (const double x : rates) total += x;
    double pick = s.rng.uniform() * bound;
    bound = total;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (pick < rates[kind]) {
        s.next = static_cast<Kind>(kind);
        return;
      }
      pick -= rates[kind];
    }
  }
}

// What they do.

void OrderFlow::act(std::uint32_t index) {
  Stock& s = stocks_[index];
  const Kind kind = s.next;
  s.all += 1.0;
  switch (kind) {
    case limit_buy:
    case limit_sell:
      return place(index, kind == limit_buy ? Side::buy : Side::sell);
    case market_buy:
    case market_sell:
      s.by_market[kind - market_buy] += 1.0;
      return take(index, kind == market_buy ? Side::buy : Side::sell);
    case cancel_buy:
    case cancel_sell:
      return withdraw(index, kind == cancel_buy ? Side::buy : Side::sell);
    case kKinds:
      return;
  }
}

// The best price of a side in steps; around the value where the side is empty.
std::int64_t OrderFlow::touch(std::uint32_t index, Side side) const {
  const Stock& s = stocks_[index];
  const std::int64_t value = whole(s.value);
  if (const auto best = engine_.books().best(index, side)) {
    const std::int64_t step = s.terms.step.n;
    // An order of yours may stand between two steps.
    return best->price.n / step +
           (side == Side::sell && best->price.n % step != 0 ? 1 : 0);
  }
  return side == Side::buy ? value : value + 1;
}

std::int64_t OrderFlow::distance(Rng& rng) const {
  const double u = 1.0 - rng.uniform();
  const double far = portable_exp(-portable_log(u) / settings_.depth_exponent);
  return far < static_cast<double>(kFarthest) ? whole(far) - 1 : kFarthest - 1;
}

std::int64_t OrderFlow::size(Rng& rng) {
  const std::uint64_t draw = rng.below(100);
  if (draw < 15) return 1 + static_cast<std::int64_t>(rng.below(99));
  if (draw < 70) return 100;
  if (draw < 92) return 100 * (2 + static_cast<std::int64_t>(rng.below(4)));
  return 500 * (1 + static_cast<std::int64_t>(rng.below(4)));
}

// Behind the touch as a rule, inside a wide spread often, and never beyond the value.
std::int64_t OrderFlow::limit_price(std::uint32_t index, Side side) {
  Stock& s = stocks_[index];
  const std::int64_t toward = sign(side);
  const std::int64_t across = touch(index, opposite(side));
  std::int64_t own = touch(index, side);
  const std::int64_t value = whole(s.value) + (side == Side::sell ? 1 : 0);
  if ((own - value) * toward > 1) own = value;  // the touch is stale
  std::int64_t price = own - toward * distance(s.rng);
  const std::int64_t room = (across - own) * toward - 1;
  if (room > 0 && s.rng.chance(room > 1 ? 0.6 : 0.3)) {
    const std::int64_t inside =
        own + toward * (1 + static_cast<std::int64_t>(
                                s.rng.below(static_cast<std::uint64_t>(room))));
    if ((inside - value) * toward <= 1) price = inside;
  }
  if ((across - price) * toward < 1) price = across - toward;
  return std::max<std::int64_t>(price, 1) * s.terms.step.n;
}

void OrderFlow::place(std::uint32_t index, Side side) {
  Stock& s = stocks_[index];
  NewOrder order;
  order.id = next_id_++;
  order.instrument = index;
  order.side = side;
  order.price = Ticks{limit_price(index, side)};
  order.quantity = Lots{size(s.rng)};
  (void)engine_.submit(order);
}

// Leans towards the value, and seldom takes more than the best level holds.
void OrderFlow::take(std::uint32_t index, Side side) {
  Stock& s = stocks_[index];
  const double middle =
      static_cast<double>(touch(index, Side::buy) + touch(index, Side::sell)) * 0.5;
  const double pull = s.value - middle;
  const Side wanted = pull > 0.0 ? Side::buy : Side::sell;
  if (side != wanted && s.rng.chance(std::min(0.9, 0.25 * std::abs(pull))))
    side = wanted;

  const auto best = engine_.books().best(index, opposite(side));
  if (!best) return place(index, opposite(side));
  std::int64_t quantity = size(s.rng);
  if (!s.rng.chance(0.15)) quantity = std::min(quantity, best->quantity.n);
  NewOrder order;
  order.id = next_id_++;
  order.instrument = index;
  order.side = side;
  order.type = OrderType::market;
  order.quantity = Lots{quantity};
  (void)engine_.submit(order);
}

// One of the crowd at random, taken out of the list; 0 where nobody is left.
OrderId OrderFlow::draw_from(Crowd& crowd, Rng& rng) {
  while (!crowd.ids.empty()) {
    OrderId& slot = crowd.ids[rng.below(crowd.ids.size())];
    const OrderId id = std::exchange(slot, crowd.ids.back());
    crowd.ids.pop_back();
    if (engine_.books().order(id)) return id;
    --crowd.gone;
  }
  return 0;
}

void OrderFlow::withdraw(std::uint32_t index, Side side) {
  Stock& s = stocks_[index];
  Crowd& crowd = s.crowds[static_cast<std::size_t>(side)];

  // Whoever stands beyond the value is the first to go.
  const std::int64_t beyond = (touch(index, side) - whole(s.value)) * sign(side);
  if (beyond > 1 && s.rng.chance(0.5)) {
    OrderId first = 0;
    engine_.books().for_each(index, side, [&](const book::RestingOrder& order) {
      first = order.id;
      return false;
    });
    if (first != 0 && first < kOwnIds) {
      ++crowd.gone;
      (void)engine_.cancel(first);
      return;
    }
  }

  const OrderId id = draw_from(crowd, s.rng);
  if (id == 0) return place(index, side);
  const auto order = engine_.books().order(id);
  const std::uint64_t draw = s.rng.below(100);
  if (draw < 12) {
    crowd.ids.push_back(next_id_);
    (void)engine_.replace(id, next_id_++, Ticks{limit_price(index, side)}, order->left);
  } else if (draw < 16 && order->left.n > 100) {
    crowd.ids.push_back(id);
    (void)engine_.amend(id, order->price, order->left - Lots{100});
  } else {
    (void)engine_.cancel(id);
  }
}

}  // namespace ai_trading::venue

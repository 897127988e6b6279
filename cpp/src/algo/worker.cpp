// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/algo/worker.hpp"

#include <algorithm>
#include <cmath>

#include "ai_trading/base/money.hpp"

namespace ai_trading::algo {

namespace {

constexpr std::int64_t kUnit = 1'000'000;
constexpr Nanos kLongestPause{60'000'000'000};

// a times b over c, rounded down; c > 0, the result fits.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  std::int64_t product;
  if (!__builtin_mul_overflow(a, b, &product)) return product / c;
  return static_cast<std::int64_t>(Int128{a} * b / c);
}

bool has_schedule(Algorithm algorithm) {
  return algorithm == Algorithm::twap || algorithm == Algorithm::vwap ||
         algorithm == Algorithm::shortfall || algorithm == Algorithm::arrival ||
         algorithm == Algorithm::close;
}

}  // namespace

Worker::Worker(ParentId id, const Terms& terms)
    : id_(id),
      terms_(terms),
      wake_(terms.start),
      pause_(terms.review),
      rng_(terms.seed) {}

void Worker::begin(const Market& market, const Tape& tape) {
  state_ = State::working;
  began_ = tape;
  arrival_twice_ = market.two_sided() ? market.bid.n + market.ask.n : 2 * market.last.n;
  if (!has_schedule(terms_.algorithm)) return;

  schedule::Plan plan;
  plan.quantity = terms_.quantity;
  plan.start = terms_.start;
  plan.end = terms_.end;
  plan.round = terms_.round;
  const std::int64_t span = terms_.end.n - terms_.start.n;
  const std::int64_t most = std::max<std::int64_t>(
      1, terms_.quantity.n / std::max(terms_.min_child.n, terms_.round.n));
  std::int64_t slices = terms_.slices > 0 ? static_cast<std::int64_t>(terms_.slices)
                                          : span / terms_.interval.n;
  slices = std::clamp<std::int64_t>(slices, 1, std::min<std::int64_t>(most, 1 << 20));
  plan.slices = static_cast<std::size_t>(slices);
  switch (terms_.algorithm) {
    case Algorithm::vwap:
      slices_ = terms_.forecast ? schedule::vwap(plan, terms_.forecast->curve)
                                : schedule::twap(plan);
      break;
    case Algorithm::shortfall:
    case Algorithm::arrival:
      slices_ = schedule::shortfall(plan, terms_.k);
      break;
    case Algorithm::close:
      slices_ = schedule::closing(plan, terms_.k);
      break;
    default:
      slices_ = schedule::twap(plan, terms_.jitter, terms_.seed);
  }
  slice_begin_ = terms_.start;
  slice_end_ = slices_.size() > 1 ? slices_[1].at : terms_.end;
  slice_to_ = slices_[0].quantity;
}

// Moves on to the slice of this time; an adaptive one is planned afresh as it begins.
void Worker::enter_slice(Nanos now, Lots seen) {
  bool moved = !entered_;
  entered_ = true;
  while (slice_ + 1 < slices_.size() && slices_[slice_ + 1].at <= now) {
    ++slice_;
    slice_from_ = slice_to_;
    slice_to_ += slices_[slice_].quantity;
    slice_begin_ = slices_[slice_].at;
    slice_end_ = slice_ + 1 < slices_.size() ? slices_[slice_ + 1].at : terms_.end;
    moved = true;
  }
  if (!moved || !terms_.adaptive || !terms_.forecast || !(terms_.forecast->session > 0))
    return;

  const schedule::VolumeForecast& forecast = *terms_.forecast;
  const auto volume = static_cast<double>(seen.n);
  const double level = forecast.level(terms_.start, terms_.end, now, volume);
  const bool last = slice_ + 1 == slices_.size();
  const auto lots = [&](double share) {
    const double ideal =
        share * static_cast<double>(terms_.quantity.n / terms_.round.n);
    const auto whole = static_cast<std::int64_t>(ideal + 0.5) * terms_.round.n;
    return Lots{std::clamp<std::int64_t>(whole, 0, terms_.quantity.n)};
  };
  if (terms_.algorithm == Algorithm::vwap) {
    // Of all volume of the stretch, the part that has come and will have come.
    const double all = volume + level * forecast.expected(now, terms_.end);
    if (!(all > 0.0)) return;
    const double by_then = volume + level * forecast.expected(now, slice_end_);
    slice_from_ = lots(volume / all);
    slice_to_ = last ? terms_.quantity : lots(std::min(by_then / all, 1.0));
  } else if (terms_.algorithm == Algorithm::shortfall ||
             terms_.algorithm == Algorithm::arrival) {
    // The trajectory from here with impact as deep as today's volume says: eta goes
    // with one over volume, so kappa with its root.
    const auto left = static_cast<double>(terms_.end.n - now.n);
    const double span = static_cast<double>(terms_.end.n - terms_.start.n);
    const double k = std::min(terms_.k * std::sqrt(level) * left / span, 700.0);
    const double part = static_cast<double>(slice_end_.n - now.n) / left;
    const double share = schedule::shortfall_share(k, part);
    const auto more = static_cast<std::int64_t>(
        share * static_cast<double>(rest().n / terms_.round.n) + 0.5);
    slice_from_ = filled_;
    slice_to_ = last ? terms_.quantity
                     : std::min(filled_ + Lots{more * terms_.round.n}, terms_.quantity);
  }
}

Lots Worker::cap(Lots seen) const {
  if (terms_.max_participation <= 0) return terms_.quantity;
  return std::min(terms_.quantity,
                  schedule::participation(seen, terms_.max_participation));
}

// Bounds what is wanted at work by the largest child, and drops what is too small for
// one.
Lots Worker::within(Lots wanted) const {
  wanted = std::min(wanted, rest());
  if (terms_.max_child.n > 0) wanted = std::min(wanted, terms_.max_child);
  if (wanted < rest() && wanted < terms_.min_child) return {};
  return std::max(wanted, Lots{});
}

Worker::Wish Worker::scheduled(Nanos now, Lots seen) {
  enter_slice(now, seen);
  const Lots floor = schedule::participation(seen, terms_.min_participation);
  const Lots most = cap(seen);
  const Lots target = std::min(std::max(slice_to_, floor), most);
  const Lots planned = slice_to_ - slice_from_;
  const std::int64_t length = slice_end_.n - slice_begin_.n;
  const std::int64_t passed =
      std::clamp<std::int64_t>(now.n - slice_begin_.n, 0, length);
  Lots due = slice_from_;
  if (planned.n > 0 && length > 0) due += Lots{scaled(planned.n, passed, length)};
  const Lots band{
      scaled(std::max<std::int64_t>(planned.n, 0), kUnit - terms_.urgency, kUnit)};
  due = std::min(std::max(due, floor), most);

  Wish wish;
  wish.open = target - filled_;
  wish.cross = wish.open.n > 0 &&
               (terms_.urgency >= kUnit || due - filled_ > band || filled_ < floor);
  // When it will be behind by more than the band, if nothing trades until then.
  if (!wish.cross && wish.open.n > 0 && planned.n > 0 && length > 0) {
    const std::int64_t lots = filled_.n + band.n - slice_from_.n + 1;
    const Nanos at = slice_begin_ + Nanos{scaled(lots, length, planned.n) + 1};
    if (lots <= planned.n && at > now) wake_by(at);
  }
  wake_by(std::max(slice_end_, now + Nanos{1}));
  if (target < slice_to_) {  // held back by its participation: ask when there is more
    const Lots next = std::max(filled_ + working() + terms_.min_child, most + Lots{1});
    wake_volume_ =
        began_.volume + Lots{scaled(next.n, kUnit, terms_.max_participation) + 1};
  }
  return wish;
}

Worker::Wish Worker::participating(Nanos now, Lots seen) {
  const Lots floor = schedule::participation(seen, terms_.min_participation);
  const Lots most = cap(seen);
  Lots target = std::min(schedule::participation(seen, terms_.rate), most);
  target = std::min(std::max(target, floor), most);
  // Arrears are worked off no faster than the greatest participation in the volume of
  // the present window, whatever was missed before.  A window begins where it was asked
  // last, so that no volume falls between two.
  if (now >= window_end_) {
    window_volume_ = last_seen_;
    window_filled_ = std::min(last_committed_, filled_ + working());
    window_end_ = now + terms_.interval;
  }
  const std::int64_t fastest = std::max(terms_.max_participation, terms_.rate);
  const Lots allowed = window_filled_ + terms_.min_child +
                       schedule::participation(seen - window_volume_, fastest);

  Wish wish;
  wish.open = std::min(target, allowed) - filled_;
  const Nanos patience{scaled(terms_.interval.n, kUnit - terms_.urgency, kUnit)};
  wish.cross = wish.open.n > 0 && (filled_ < floor || terms_.urgency >= kUnit ||
                                   (has_child() && now - child_born_ >= patience) ||
                                   (has_child() && crossed_));
  if (has_child() && child_born_ + patience > now) wake_by(child_born_ + patience);
  wake_by(window_end_);
  const Lots next = filled_ + std::max(open() + open(), terms_.min_child);
  wake_volume_ = began_.volume + Lots{scaled(next.n, kUnit, terms_.rate) + 1};
  return wish;
}

Worker::Wish Worker::displayed() {
  if (has_child()) return {open(), false};
  Lots piece = terms_.display;
  if (terms_.jitter > 0.0) {
    const double drawn = 1.0 + terms_.jitter * (2.0 * rng_.uniform() - 1.0);
    piece = Lots{static_cast<std::int64_t>(static_cast<double>(piece.n) * drawn + 0.5)};
  }
  piece = std::max(Lots{piece.n / terms_.round.n * terms_.round.n}, terms_.round);
  return {std::min(piece, rest()), false};
}

Ticks Worker::bounded(Ticks price) const {
  if (terms_.limit && better(terms_.side, price, *terms_.limit)) return *terms_.limit;
  return price;
}

bool Worker::tempted(const Market& market) const {
  return terms_.would && state_ == State::working && !pending_ &&
         far_quantity(market).n > 0 && rest().n > 0 &&
         !better(terms_.side, far(market), *terms_.would);
}

Action Worker::submit(Ticks price, Lots quantity, OrderType type,
                      TimeInForce time_in_force, Nanos now) {
  pending_ = true;
  child_type_ = type;
  child_price_ = price;
  child_quantity_ = quantity;
  child_filled_ = {};
  child_born_ = child_moved_ = now;
  ++messages_;
  Action action;
  action.kind = Action::Kind::submit;
  action.type = type;
  action.time_in_force = time_in_force;
  action.price = price;
  action.quantity = quantity;
  return action;
}

Action Worker::replace(Ticks price, Lots wanted, Nanos now) {
  pending_ = true;
  child_moved_ = now;
  growth_ = std::max(wanted - open(), Lots{});
  ++messages_;
  ending_ = true;  // there are ways to the market that replace by canceling
  Action action;
  action.kind = Action::Kind::replace;
  action.child = child_;
  action.price = price;
  action.quantity = child_filled_ + wanted;
  return action;
}

Action Worker::cancel_child() {
  pending_ = true;
  ++messages_;
  ending_ = true;
  Action action;
  action.kind = Action::Kind::cancel;
  action.child = child_;
  return action;
}

Action Worker::place(const Wish& wish, Nanos now, const Market& market) {
  const Lots wanted = within(wish.open);
  if (!has_child()) {
    if (wanted.n <= 0) return {};
    if (now < blocked_) {
      wake_by(blocked_);
      return {};
    }
    crossed_ = wish.cross;
    const bool at_limit = terms_.algorithm == Algorithm::iceberg && terms_.limit;
    if (market.two_sided() || at_limit) {
      const Ticks price =
          at_limit ? *terms_.limit : bounded(wish.cross ? far(market) : near(market));
      wake_by(now + terms_.review);
      return submit(price, wanted, OrderType::limit, TimeInForce::day, now);
    }
    if (!market.has_last) {  // no price of any kind yet
      wake_by(now + terms_.review);
      return {};
    }
    crossed_ = true;
    return submit(terms_.limit.value_or(Ticks{}), wanted,
                  terms_.limit ? OrderType::limit : OrderType::market, TimeInForce::day,
                  now);
  }

  // A market order cannot be changed; it is as far across as it can be.
  if (child_type_ == OrderType::market) return {};
  if (wish.open.n <= 0) return cancel_child();
  wake_by(now + terms_.review);
  const bool fixed = terms_.algorithm == Algorithm::iceberg && terms_.limit;
  Ticks price = child_price_;
  if (market.two_sided() && !fixed) {
    const Ticks across = bounded(far(market));
    const Ticks beside = bounded(near(market));
    const bool left_behind = better(terms_.side, beside, child_price_);
    if (wish.cross && better(terms_.side, across, child_price_)) {
      price = across;
      crossed_ = true;
    } else if (left_behind && now - child_moved_ >= terms_.review) {
      price = beside;
    }
  }
  Lots size = open();
  if (wish.open < size) {
    size = wish.open;  // less is wanted: it keeps its place
  } else if (wanted.n > 2 * size.n && wanted - size >= terms_.min_child) {
    size = wanted;
  } else if (price != child_price_ && wanted > size) {
    size = wanted;  // it moves anyway
  }
  if (price == child_price_ && size == open()) return {};
  return replace(price, size, now);
}

// Takes what the other side shows, where that is enough and near enough.
Action Worker::pursue(Nanos now, const Market& market, Lots seen) {
  wake_by(now + terms_.review);
  if (has_child() || now < blocked_ || !market.two_sided()) return {};
  if (terms_.max_spread.n > 0 && market.ask - market.bid > terms_.max_spread) return {};
  if (far_quantity(market) < terms_.min_touch) return {};
  if (bounded(far(market)) != far(market)) return {};
  const Lots wanted = within(std::min(far_quantity(market), cap(seen) - filled_));
  if (wanted.n <= 0) return {};
  crossed_ = true;
  return submit(far(market), wanted, OrderType::limit, TimeInForce::ioc, now);
}

Action Worker::finish(Nanos now, const Market& market, Lots seen) {
  state_ = State::finishing;
  if (has_child()) {
    // A market order, or the last attempt, ends by itself.
    if (final_ || (child_type_ == OrderType::market && !canceled_)) return {};
    return cancel_child();
  }
  Lots wanted = std::min(rest(), cap(seen) - filled_);
  if (terms_.max_child.n > 0) wanted = std::min(wanted, terms_.max_child);
  const bool more = terms_.completion == Completion::cross && !canceled_ && !final_;
  if (!more || wanted.n <= 0 || (!market.two_sided() && !market.has_last)) {
    end(now);
    return {};
  }
  final_ = true;
  crossed_ = true;
  if (terms_.limit)
    return submit(*terms_.limit, wanted, OrderType::limit, TimeInForce::ioc, now);
  return submit({}, wanted, OrderType::market, TimeInForce::day, now);
}

Action Worker::decide(Nanos now, const Market& market, const Tape& tape) {
  const Action action = choose(now, market, tape);
  if (action.kind == Action::Kind::none && wake_ <= now) wake_ = now + terms_.review;
  wake_volume_ = std::max(wake_volume_, tape.volume + Lots{1});
  if (state_ != State::waiting) {
    last_seen_ = tape.volume - began_.volume;
    last_committed_ = filled_ + working();
  }
  return action;
}

Action Worker::choose(Nanos now, const Market& market, const Tape& tape) {
  wake_ = kNever;
  wake_volume_ = Lots{kMaxQuantity};
  if (!measured_ && now >= terms_.end) {
    measured_ = true;
    ended_ = tape;
  }
  if (state_ == State::done) {
    if (!measured_) wake_ = terms_.end;
    return {};
  }
  if (now < terms_.start && !canceled_) {
    wake_ = terms_.start;
    return {};
  }
  if (state_ == State::waiting) begin(market, tape);
  if (!measured_) {
    ended_ = tape;
    wake_by(terms_.end);
  }
  if (pending_) return {};
  const Lots seen = tape.volume - began_.volume;
  if (canceled_ || now >= terms_.end || state_ == State::finishing)
    return finish(now, market, seen);
  if (rest().n <= 0) {
    if (has_child()) return cancel_child();
    end(now);
    wake_ = terms_.end;
    return {};
  }

  if (tempted(market) && (!has_child() || child_type_ == OrderType::limit)) {
    Wish wish;
    wish.open = std::min(cap(seen) - filled_, far_quantity(market));
    wish.cross = true;
    if (wish.open > open() || !crossed_) {
      wake_by(now + terms_.review);
      if (const Action action = place(wish, now, market);
          action.kind != Action::Kind::none)
        return action;
    }
  }
  switch (terms_.algorithm) {
    case Algorithm::pov:
      return place(participating(now, seen), now, market);
    case Algorithm::iceberg: {
      Wish wish = displayed();
      wish.open = std::min(wish.open, cap(seen) - filled_);
      if (wish.open < terms_.min_child) wake_by(now + terms_.review);
      return place(wish, now, market);
    }
    case Algorithm::seek:
      return pursue(now, market, seen);
    default:
      return place(scheduled(now, seen), now, market);
  }
}

void Worker::sent(OrderId id) {
  child_ = id;
  past_.push_back({id, {}, {}});
}

void Worker::back_off(Reject reason, Nanos now) {
  reason_ = reason;
  blocked_ = now + pause_;
  pause_ = std::min(pause_ + pause_, kLongestPause);
}

void Worker::forget_child() {
  child_ = 0;
  child_quantity_ = child_filled_ = growth_ = {};
  pending_ = crossed_ = ending_ = false;
}

void Worker::refused(Reject reason, Nanos now) {
  pending_ = false;
  growth_ = {};
  if (child_ == 0) {
    forget_child();
    back_off(reason, now);
  }
  wake_ = now;
}

void Worker::on_child(const Child& child, Nanos now) {
  const auto known = std::find_if(past_.rbegin(), past_.rend(),
                                  [&](const Past& p) { return p.id == child.id; });
  if (known == past_.rend()) return;
  const Lots news = child.filled - known->filled;
  filled_ += news;
  filled_value_ += child.filled_value - known->value;
  known->filled = child.filled;
  known->value = child.filled_value;
  wake_ = now;
  if (child.id != child_) return;
  if (news.n > 0) pause_ = terms_.review;

  if (is_terminal(child.status)) {
    // It ended, and not because it was filled or we asked for it.
    const bool lost = child.status != OrderStatus::filled && !ending_;
    // The last attempt may be followed by another as long as it trades in full.
    if (final_ && child.status == OrderStatus::filled) final_ = false;
    forget_child();
    if (lost) back_off(child.reason, now);
    return;
  }
  child_price_ = child.price;
  child_quantity_ = child.quantity;
  child_filled_ = child.filled;
  if (child.status != OrderStatus::pending_new &&
      child.status != OrderStatus::pending_cancel &&
      child.status != OrderStatus::pending_replace) {
    pending_ = ending_ = false;
    growth_ = {};
  }
}

void Worker::end(Nanos now) {
  state_ = State::done;
  done_ = now;
  wake_ = measured_ ? kNever : terms_.end;
}

std::vector<OrderId> Worker::children() const {
  std::vector<OrderId> out;
  out.reserve(past_.size());
  for (const Past& past : past_) out.push_back(past.id);
  return out;
}

WorkRecord Worker::record() const {
  WorkRecord row{};
  row.parent_id = id_;
  row.start = terms_.start.n;
  row.end = terms_.end.n;
  row.done = done_.n;
  row.quantity = terms_.quantity.n;
  row.filled = filled_.n;
  row.filled_value = filled_value_.n;
  row.working = working().n;
  row.shortfall = shortfall().n;
  row.arrival_twice = arrival_twice_;
  if (state_ != State::waiting) {
    row.market_volume = (ended_.volume - began_.volume).n;
    row.market_value = (ended_.value - began_.value).n;
  }
  row.instrument = terms_.instrument;
  row.children = static_cast<std::uint32_t>(past_.size());
  row.messages = messages_;
  row.strategy = terms_.strategy;
  row.reason = static_cast<std::uint16_t>(reason_);
  row.side = static_cast<std::uint8_t>(terms_.side);
  row.algorithm = static_cast<std::uint8_t>(terms_.algorithm);
  return row;
}

}  // namespace ai_trading::algo

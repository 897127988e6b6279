// A parent's life: when it is asked, what becomes of its children, and how it ends.
#include "ai_trading/algo/worker.hpp"

#include <algorithm>

namespace ai_trading::algo {

namespace {

constexpr Nanos kLongestPause{60'000'000'000};

}  // namespace

Worker::Worker(ParentId id, const Terms& terms)
    : wake_(terms.start),
      pause_(terms.review),
      id_(id),
      terms_(terms),
      rng_(terms.seed) {}

Action Worker::finish(Nanos now, const Market& market, Lots seen) {
  state_ = State::finishing;
  if (has_child()) {
    // A market order, the last attempt, or one for the close ends by itself.
    if (final_ || (child_type_ == OrderType::market && !canceled_)) return {};
    if (in_auction_ && !canceled_) return {};
    return cancel_child();
  }
  Lots wanted = std::min(lacking(), cap(seen) - filled_);
  if (terms_.max_child.n > 0) wanted = std::min(wanted, terms_.max_child);
  const bool priced = market.two_sided() || market.has_last;
  if (terms_.auction > 0 && auction_ == Auction::none && !canceled_ && wanted.n > 0) {
    auction_ = Auction::sent;
    in_auction_ = true;
    return submit(terms_.limit.value_or(Ticks{}), wanted,
                  terms_.limit ? OrderType::limit : OrderType::market,
                  TimeInForce::at_the_close, now);
  }
  // After the auction there is no market.
  const bool more = terms_.completion == Completion::cross && !canceled_ && !final_ &&
                    auction_ != Auction::sent;
  if (!more || wanted.n <= 0 || !priced) {
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
  if (action.kind != Action::Kind::none || rest_.until <= now) rest_.possible = false;
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
  rest_ = {kNever, std::nullopt, false};
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
  if (lacking().n <= 0) {
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
      wish.steady = true;
      wish.open = std::min(wish.open, cap(seen) - filled_);
      if (wish.open < terms_.min_child) wake_by(now + terms_.review);
      return place(wish, now, market);
    }
    case Algorithm::seek:
      return pursue(now, market, seen);
    default:
      return place(scheduled(now, market, seen), now, market);
  }
}

void Worker::sent(OrderId id) {
  child_ = id;
  if (present_.id != 0) past_.push_back(present_);
  present_ = {id, {}, {}};
}

void Worker::back_off(Reject reason, Nanos now) {
  reason_ = reason;
  blocked_ = now + pause_;
  pause_ = std::min(pause_ + pause_, kLongestPause);
}

void Worker::forget_child() {
  child_ = 0;
  child_quantity_ = child_filled_ = growth_ = {};
  pending_ = crossed_ = ending_ = in_auction_ = false;
}

void Worker::refused(Reject reason, Nanos now) {
  pending_ = false;
  growth_ = {};
  if (child_ == 0) {
    if (in_auction_) auction_ = Auction::refused;
    forget_child();
    back_off(reason, now);
  }
  wake_ = now;
}

void Worker::on_child(const Child& child, Nanos now) {
  Past* known = &present_;
  if (child.id != present_.id) {
    const auto found =
        std::ranges::find(past_.rbegin(), past_.rend(), child.id, &Past::id);
    if (found == past_.rend()) return;
    known = &*found;
  }
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
    if (in_auction_ && child.status == OrderStatus::rejected)
      auction_ = Auction::refused;
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
  out.reserve(past_.size() + 1);
  for (const Past& past : past_) out.push_back(past.id);
  if (present_.id != 0) out.push_back(present_.id);
  return out;
}

WorkRecord Worker::record(const Tape* tape) const {
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
    const bool runs = tape != nullptr && !measured_ && state_ != State::done;
    const Tape& ended = runs ? *tape : ended_;
    row.market_volume = (ended.volume - began_.volume).n;
    row.market_value = (ended.value - began_.value).n;
  }
  row.instrument = terms_.instrument;
  row.children = static_cast<std::uint32_t>(past_.size() + (present_.id != 0));
  row.messages = messages_;
  row.strategy = terms_.strategy;
  row.reason = static_cast<std::uint16_t>(reason_);
  row.side = static_cast<std::uint8_t>(terms_.side);
  row.algorithm = static_cast<std::uint8_t>(terms_.algorithm);
  row.auction = static_cast<std::uint8_t>(auction_);
  return row;
}

}  // namespace ai_trading::algo

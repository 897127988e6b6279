// Engine: the walk of an incoming order through its candidates, and what becomes of what
// is left of it.  Included by engine.hpp.
#pragma once

namespace ai_trading::matching {

template <class Listener>
void Engine<Listener>::walk(Market& m, Incoming& in) {
  const Side across = opposite(in.side);
  const PriceLevels& levels = m.shown[static_cast<std::size_t>(across)];
  const bool guarded = in.rule != SelfTrade::allow;
  const Allocation allocation =
      m.special ? m.special->settings.allocation : Allocation::price_time;
  DarkPlace passed;
  while (in.left.n > 0 && !in.gone) {
    const Key shown = levels.best_key();
    const bool any_shown = shown >= in.limit;
    const bool any_dark =
        m.special && m.special->dark_orders[static_cast<std::size_t>(across)] > 0;
    if (any_dark) {
      const DarkPlace dark =
          next_dark(m, across, any_shown ? shown + 1 : in.limit, passed);
      if (dark.order != kNone) {
        const Entry& e = store_.at(dark.order);
        const Extra& x = store_.extra(e);
        if (x.need(e.quantity) > in.left.n) {
          passed = dark;
        } else if (guarded && one_party(in.owner, x.owner)) {
          meet_self(m, in, dark.order);
        } else {
          trade_dark(m, in, dark.order, price_of(across, dark.key));
        }
        continue;
      }
    }
    if (!any_shown) return;
    const Handle level = levels.best();
    if (allocation == Allocation::pro_rata) {
      share_level(m, in, level);
      continue;
    }
    const Handle maker =
        allocation == Allocation::price_time ? store_.at(level).next : front(level);
    const Entry& e = store_.at(maker);
    if (guarded && one_party(in.owner, owner_of(e))) {
      meet_self(m, in, maker);
    } else {
      trade_shown(m, in, maker, std::min(in.left, Lots{e.quantity}));
    }
  }
}

// Of the largest displayed orders of a level the first.
template <class Listener>
Handle Engine<Listener>::front(Handle level) const {
  Handle best = store_.at(level).next;
  for (Handle h = best; h != level; h = store_.at(h).next)
    if (store_.at(h).quantity > store_.at(best).quantity) best = h;
  return best;
}

template <class Listener>
void Engine<Listener>::share_level(Market& m, Incoming& in, Handle level) {
  if (in.rule != SelfTrade::allow) {
    for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next) {
      if (!one_party(in.owner, owner_of(store_.at(h)))) continue;
      return meet_self(m, in, h);  // the level is looked at again after it
    }
  }
  shares_.clear();
  const std::int64_t shown = store_.at(level).quantity;
  std::int64_t left = in.left.n;
  const bool all = left >= shown;
  const std::int64_t least = m.special->settings.least_share.n;
  __extension__ using Wide = __int128;
  const Wide asked = in.left.n;
  for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next) {
    const std::int64_t size = store_.at(h).quantity;
    auto share = all ? size : static_cast<std::int64_t>(asked * size / shown);
    if (!all && share < least) share = 0;
    shares_.push_back({h, share});
    left -= share;
  }
  for (Share& share : shares_) {
    if (all || left == 0) break;
    const std::int64_t more =
        std::min(left, store_.at(share.order).quantity - share.lots);
    share.lots += more;
    left -= more;
  }
  for (const Share& share : shares_)
    if (share.lots > 0) trade_shown(m, in, share.order, Lots{share.lots});
}

template <class Listener>
void Engine<Listener>::take_from(Market& m, Incoming& in, Lots quantity) {
  in.left -= quantity;
  if (!in.resting) return;
  store_.at(in.record).quantity -= quantity.n;
  if (in.left.n > 0) return;
  leave_dark(m, in.record);
  store_.drop(in.record);
}

template <class Listener>
void Engine<Listener>::trade_shown(Market& m, Incoming& in, Handle maker,
                                   Lots quantity) {
  const OrderView before = view(maker);
  take_from(m, in, quantity);
  const bool refills = reduce_shown(m, maker, quantity);
  note_trade_plain(m, before.price);
  listener_->traded({.match = ++matches_,
                     .instrument = in.instrument,
                     .maker_side = before.side,
                     .maker_shown = true,
                     .price = before.price,
                     .quantity = quantity,
                     .maker = before.id,
                     .taker = in.id,
                     .maker_owner = before.owner,
                     .taker_owner = in.owner,
                     .maker_left = before.left - quantity,
                     .taker_left = in.left});
  if (refills) listener_->replenished(view(maker));
}

// Takes lots off a displayed order.  One without anything left is gone; an iceberg shows
// its next peak, which is what is answered.
template <class Listener>
bool Engine<Listener>::reduce_shown(Market& m, Handle h, Lots quantity) {
  Entry& e = store_.at(h);
  store_.at(e.level).quantity -= quantity.n;
  e.quantity -= quantity.n;
  if (e.quantity > 0) return false;
  if (!is_special(e.mark) || store_.extra(e).reserve == 0) {
    store_.leave_shown(m, h);
    store_.drop(h);
    return false;
  }
  Extra& x = store_.extra(e);
  Entry& level = store_.at(e.level);
  const std::int64_t room = std::numeric_limits<std::int64_t>::max() - level.quantity;
  const std::int64_t peak = std::min(next_peak(e.name, x, x.reserve), room);
  x.reserve -= peak;
  e.quantity = peak;
  level.quantity += peak;
  store_.requeue(h);
  return true;
}

template <class Listener>
void Engine<Listener>::trade_dark(Market& m, Incoming& in, Handle maker, Ticks price) {
  const OrderView before = view(maker);
  const Lots quantity = std::min(in.left, before.left);
  take_from(m, in, quantity);
  if (quantity == before.left) {
    leave_dark(m, maker);
    store_.drop(maker);
  } else {
    store_.at(maker).quantity -= quantity.n;
  }
  note_trade_plain(m, price);
  listener_->traded({.match = ++matches_,
                     .instrument = in.instrument,
                     .maker_side = before.side,
                     .price = price,
                     .quantity = quantity,
                     .maker = before.id,
                     .taker = in.id,
                     .maker_owner = before.owner,
                     .taker_owner = in.owner,
                     .maker_left = before.left - quantity,
                     .taker_left = in.left});
}

template <class Listener>
void Engine<Listener>::meet_self(Market& m, Incoming& in, Handle maker) {
  const auto end_incoming = [&] {
    in.gone = true;
    if (in.resting) return cancel_live(m, in.record, Gone::self_trade);
    listener_->canceled(view_of(in), Gone::self_trade);
  };
  switch (in.rule) {
    case SelfTrade::cancel_newest:
      return end_incoming();
    case SelfTrade::cancel_oldest:
      return cancel_live(m, maker, Gone::self_trade);
    case SelfTrade::cancel_both:
      cancel_live(m, maker, Gone::self_trade);
      return end_incoming();
    default:
      break;
  }
  const OrderView other = view(maker);
  const Lots off = std::min(in.left, other.left);
  if (off < in.left) {
    const OrderView mine = in.resting ? view(in.record) : view_of(in);
    in.left -= off;
    if (in.resting) store_.at(in.record).quantity -= off.n;
    listener_->decremented(mine, off);
    return cancel_live(m, maker, Gone::self_trade);
  }
  if (off < other.left) {
    keep_place(m, maker, other.left - off);
    listener_->decremented(other, off);
  } else {
    cancel_live(m, maker, Gone::self_trade);
  }
  end_incoming();
}

template <class Listener>
void Engine<Listener>::finish(Market& m, Incoming& in) {
  if (in.resting) return;
  if (in.gone || in.left.n == 0) {
    if (in.record != kNone) store_.drop(in.record);
    return;
  }
  if (!in.ends()) return rest(m, in);
  if (in.record != kNone) store_.drop(in.record);
  listener_->canceled(view_of(in), Gone::unfilled);
}

template <class Listener>
Handle Engine<Listener>::record(Incoming& in) {
  if (in.record != kNone) return in.record;
  const bool plain = in.type == OrderType::limit &&
                     in.time_in_force == TimeInForce::day && in.owner < kSpecial &&
                     (in.terms == nullptr || *in.terms == kNoTerms);
  if (plain) return in.record = store_.take(in.id, in.left.n, in.owner);
  const Handle extra = store_.take_extra();
  in.record = store_.take(in.id, in.left.n, kSpecial | extra);
  Extra& x = store_.extra(store_.at(in.record));
  x = {};
  x.terms = in.terms == nullptr ? kNoTerms : *in.terms;
  x.price = in.price;
  x.owner = in.owner;
  x.instrument = in.instrument;
  x.side = in.side;
  x.type = in.type;
  x.time_in_force = in.time_in_force;
  if (x.time_in_force == TimeInForce::gtd) date(x, in.id);
  return in.record;
}

// In the book that it belongs to, at the back; false where a level cannot hold it.
template <class Listener>
bool Engine<Listener>::place(Market& m, Incoming& in) {
  const Handle h = record(in);
  store_.at(h).quantity = in.left.n;
  if (is_special(store_.at(h).mark)) {
    Extra& x = store_.extra(store_.at(h));
    x.price = in.price;
    x.type = in.type;
    x.reserve = 0;
    if (x.type == OrderType::pegged) {
      place_pegged(m, h);
      return true;
    }
    if (x.type == OrderType::hidden || x.conditional()) {
      place_dark(m, h);
      return true;
    }
    x.where = Where::shown;
    if (x.type == OrderType::iceberg) {
      const std::int64_t peak = next_peak(in.id, x, in.left.n);
      store_.at(h).quantity = peak;
      x.reserve = in.left.n - peak;
    }
  }
  const Handle level =
      store_.shown_level(m, in.instrument, in.side, key_of(in.side, in.price));
  std::int64_t total;
  if (__builtin_add_overflow(store_.at(level).quantity, store_.at(h).quantity, &total))
    return false;
  store_.at(level).quantity = total;
  store_.join(level, h);
  return true;
}

template <class Listener>
void Engine<Listener>::rest(Market& m, Incoming& in) {
  if (in.type == OrderType::market_to_limit) in.type = OrderType::limit;
  if (place(m, in)) return listener_->rested(view(in.record));
  store_.drop(in.record);
  listener_->canceled(view_of(in), Gone::unfilled);
}

// The same price and place with less to trade; an iceberg's reserve shrinks first.
template <class Listener>
void Engine<Listener>::keep_place(Market&, Handle h, Lots left) {
  Entry& e = store_.at(h);
  const bool special = is_special(e.mark);
  if (special && store_.extra(e).where != Where::shown) {
    e.quantity = left.n;
    return;
  }
  const std::int64_t shown = std::min(e.quantity, left.n);
  store_.at(e.level).quantity -= e.quantity - shown;
  e.quantity = shown;
  if (special) store_.extra(e).reserve = left.n - shown;
}

template <class Listener>
void Engine<Listener>::cancel_live(Market& m, Handle h, Gone why) {
  const OrderView gone = view(h);
  detach(m, h);
  store_.drop(h);
  listener_->canceled(gone, why);
}

}  // namespace ai_trading::matching

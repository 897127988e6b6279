// Engine: changes of live orders, cancels of many, and the clock.  Included by engine.hpp.
#pragma once

namespace ai_trading::matching {

template <class Listener>
Reject Engine<Listener>::replace(const Change& change) {
  const Handle h = store_.find(change.id);
  if (h == kNone) return refuse(change.id, Reject::unknown_id);
  const std::uint32_t mark = store_.at(h).mark;
  if (!is_special(mark) && !change.special()) [[likely]] {
    const std::uint32_t level = store_.at(store_.at(h).level).mark;
    Market& m = store_.market(instrument_of(level));
    const bool sound = change.left.n >= 1 && change.left.n <= kMaxQuantity &&
                       change.price.n <= kMaxPrice && change.price.n >= -kMaxPrice;
    if (sound &&
        ((m.guard == 0 && (mark == 0 || accounts_.empty())) ||
         meets_displayed_only(m, side_of(level),
                              key_of(opposite(side_of(level)), change.price), mark)))
      return replace_plain(m, h, change);
  }
  return replace_special(h, change);
}

template <class Listener>
Reject Engine<Listener>::replace_special(Handle h, const Change& change) {
  Incoming in;
  const bool kept = keeps_place(h, change);
  const Reject bad = check_change(h, change, in);
  if (bad != Reject::none) return refuse(change.id, bad);
  const OrderView before = view(h);
  Market& m = store_.market(before.instrument);
  if (kept) {
    keep_place(m, h, change.left);
    const OrderView now = view(h);
    listener_->replaced({before, now.id, now.price, now.left, now.shown, Place::kept});
    after(m, before.instrument);
    return Reject::none;
  }
  if (change.new_id != change.id) {
    store_.rename(h, change.new_id);
    if (is_special(store_.at(h).mark)) {
      Extra& x = store_.extra(store_.at(h));
      x.peaks = 0;
      if (x.time_in_force == TimeInForce::gtd) date(x, change.new_id);
    }
  }
  const Where where =
      is_special(store_.at(h).mark) ? store_.extra(store_.at(h)).where : Where::shown;
  const bool trades =
      m.state == TradingState::continuous && where <= Where::pegged && can_trade(m, in);
  detach(m, h);
  if (trades) {
    listener_->replaced({before, in.id, in.price, in.left, {}, Place::none});
    walk(m, in);
    finish(m, in);
    after(m, before.instrument);
    return Reject::none;
  }
  put_back(m, in, where, change);
  const OrderView now = view(h);
  listener_->replaced({before, now.id, now.price, now.left, now.shown, Place::back});
  after(m, before.instrument);
  return Reject::none;
}

template <class Listener>
void Engine<Listener>::put_back(Market& m, Incoming& in, Where where,
                                const Change& change) {
  const Handle h = in.record;
  if (where <= Where::pegged) {
    (void)place(m, in);
    return;
  }
  store_.at(h).quantity = in.left.n;
  Extra& x = store_.extra(store_.at(h));
  x.price = in.price;
  if (change.stop) {
    x.terms.stop = *change.stop;
    x.met = false;
  }
  if (where == Where::stop) place_stop(m, h);
  if (where == Where::waiting) place_waiting(m, h);
  if (where == Where::held) hold(m, h);
}

template <class Listener>
std::size_t Engine<Listener>::mass_cancel(const CancelFilter& filter) {
  std::size_t count = 0;
  const InstrumentIndex first = filter.instrument.value_or(0);
  const std::size_t end = filter.instrument
                              ? std::min(std::size_t{first} + 1, store_.instruments())
                              : store_.instruments();
  for (InstrumentIndex i = first; i < end; ++i) {
    count += cancel_where(i, Gone::mass, [&](const OrderView& o, TimeInForce) {
      return (filter.owner == 0 || o.owner == filter.owner) &&
             (filter.group == 0 || account(o.owner).group == filter.group) &&
             (filter.side == Side::none || o.side == filter.side);
    });
  }
  return count;
}

template <class Listener>
std::size_t Engine<Listener>::disconnect(OwnerId owner) {
  std::size_t count = 0;
  for (InstrumentIndex i = 0; i < store_.instruments(); ++i) {
    count += cancel_where(i, Gone::mass, [&](const OrderView& o, TimeInForce tif) {
      return o.owner == owner && tif != TimeInForce::gtc && tif != TimeInForce::gtd;
    });
  }
  return count;
}

template <class Listener>
TimeInForce Engine<Listener>::time_in_force(Handle h) const {
  const Entry& e = store_.at(h);
  return is_special(e.mark) ? store_.extra(e).time_in_force : TimeInForce::day;
}

// In order of id; then the instrument settles.
template <class Listener>
template <class Meant>
std::size_t Engine<Listener>::cancel_where(InstrumentIndex instrument, Gone why,
                                           Meant&& meant) {
  doomed_.clear();
  for (const OrderId id : collect(instrument)) {
    const Handle h = store_.find(id);
    if (meant(view(h), time_in_force(h))) doomed_.push_back(id);
  }
  if (doomed_.empty()) return 0;
  Market& m = store_.market(instrument);
  for (const OrderId id : doomed_) cancel_live(m, store_.find(id), why);
  after(m, instrument);
  return doomed_.size();
}

template <class Listener>
std::size_t Engine<Listener>::expire(InstrumentIndex instrument) {
  if (instrument >= store_.instruments()) return 0;
  Market& m = store_.market(instrument);
  const auto stays = [&](Handle h) {
    const TimeInForce tif = time_in_force(h);
    return tif == TimeInForce::gtc || tif == TimeInForce::gtd;
  };
  doomed_.clear();
  for (const Side side : {Side::buy, Side::sell}) {
    for_each_shown(instrument, side, [&](Handle h) {
      if (!stays(h)) doomed_.push_back(store_.at(h).name);
      return true;
    });
  }
  const auto shown = static_cast<std::ptrdiff_t>(doomed_.size());
  for_each_unshown(instrument, [&](Handle h) {
    if (!stays(h)) doomed_.push_back(store_.at(h).name);
  });
  std::sort(doomed_.begin() + shown, doomed_.end());
  for (const OrderId id : doomed_) expire_live(m, store_.find(id));
  if (!doomed_.empty()) after(m, instrument);
  return doomed_.size();
}

template <class Listener>
void Engine<Listener>::expire_live(Market& m, Handle h) {
  const OrderView gone = view(h);
  detach(m, h);
  store_.drop(h);
  listener_->expired(gone);
}

template <class Listener>
std::size_t Engine<Listener>::advance(Nanos now) {
  if (now <= now_) return 0;
  now_ = now;
  touched_.clear();
  std::size_t count = 0;
  while (!dated_.empty() && dated_.front().at <= now) {
    std::ranges::pop_heap(dated_, later);
    const Dated due = dated_.back();
    dated_.pop_back();
    const Handle h = store_.find(due.id);
    if (h == kNone || !is_special(store_.at(h).mark)) continue;
    const Extra& x = store_.extra(store_.at(h));
    if (x.time_in_force != TimeInForce::gtd || x.terms.expire_at != due.at) continue;
    touched_.push_back(x.instrument);
    expire_live(store_.market(x.instrument), h);
    ++count;
  }
  std::ranges::sort(touched_);
  // Not std::ranges::unique: clang 14 cannot compile that of libstdc++ 12.
  const auto end = std::unique(touched_.begin(), touched_.end());
  for (auto i = touched_.begin(); i != end; ++i) after(store_.market(*i), *i);
  return count;
}

}  // namespace ai_trading::matching

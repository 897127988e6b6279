#include "ai_trading/matching/batch.hpp"

#include <utility>

namespace ai_trading::matching {

BatchEngine::BatchEngine(std::size_t max_instruments, bool publish, std::uint16_t flags,
                         std::uint64_t seed)
    : scribe_{publish, {}, FeedWriter(events_, flags)},
      engine_(scribe_, max_instruments, seed) {}

void BatchEngine::apply(std::span<const Request> requests, std::vector<Answer>& out) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    look_ahead(requests, i);
    const Nanos now{requests[i].timestamp};
    scribe_.answers.begin(now, requests[i].instrument, i, out);
    if (scribe_.publish) scribe_.feed.begin(now);
    (void)engine_.advance(now);
    apply_one(requests[i]);
  }
}

// A batch shows what comes: three steps, far enough apart for memory to answer.  Without
// a look at the action, which cannot be predicted; an id that is not known costs little.
void BatchEngine::look_ahead(std::span<const Request> requests, std::size_t at) const {
  constexpr std::size_t kIndex = 12, kOrder = 8, kQueue = 4;
  if (at + kIndex >= requests.size()) return;
  engine_.prefetch(requests[at + kIndex].order_id);
  engine_.prefetch_order(requests[at + kOrder].order_id);
  engine_.prefetch_queue(requests[at + kQueue].order_id);
}

std::vector<feed::Event> BatchEngine::take_feed() { return std::exchange(events_, {}); }

namespace {

Side side_of(const Request& row) {
  return row.side > 1 ? Side::none : static_cast<Side>(row.side);
}

}  // namespace

NewOrder order_of(const Request& row) {
  return {row.order_id,
          row.instrument,
          row.owner,
          side_of(row),
          static_cast<OrderType>(row.type),
          static_cast<TimeInForce>(row.time_in_force),
          Ticks{row.price},
          Lots{row.quantity}};
}

Terms terms_of(const Request& row) {
  Terms terms;
  terms.display = Lots{row.display};
  terms.display_random = Lots{row.display_random};
  terms.minimum = Lots{row.minimum};
  terms.stop = Ticks{row.stop};
  terms.trail = row.trail;
  terms.offset = Ticks{row.offset};
  terms.expire_at = Nanos{row.expire_at};
  terms.trigger = static_cast<TriggerOn>(row.trigger);
  terms.trail_by = static_cast<TrailBy>(row.trail_by);
  terms.peg = static_cast<PegTo>(row.peg);
  terms.self_trade = static_cast<SelfTrade>(row.self_trade);
  terms.all_or_none = (row.flags & request::all_or_none) != 0;
  terms.slide = (row.flags & request::slide) != 0;
  return terms;
}

// True where all terms are zero, as most orders' are: quicker than to make and compare
// them.
bool has_no_terms(const Request& row) {
  const std::int64_t sizes = row.display | row.display_random | row.minimum | row.stop |
                             row.trail | row.offset | row.expire_at;
  const unsigned kinds = row.trigger | row.trail_by | row.peg | row.self_trade |
                         (row.flags & (request::all_or_none | request::slide));
  return sizes == 0 && kinds == 0;
}

Change change_of(const Request& row) {
  Change change{row.order_id, row.new_id, Ticks{row.price}, Lots{row.quantity}, {}};
  if ((row.flags & request::new_stop) != 0) change.stop = Ticks{row.stop};
  if ((row.flags & request::new_offset) != 0) change.offset = Ticks{row.offset};
  if ((row.flags & request::new_display) != 0) change.display = Lots{row.display};
  return change;
}

CancelFilter filter_of(const Request& row) {
  CancelFilter filter{row.owner, static_cast<GroupId>(row.new_id), {}, side_of(row)};
  if ((row.flags & request::any_instrument) == 0) filter.instrument = row.instrument;
  return filter;
}

void BatchEngine::apply_one(const Request& row) {
  switch (static_cast<Action>(row.action)) {
    case Action::submit:
      if (has_no_terms(row)) {
        (void)engine_.submit(order_of(row));
      } else {
        (void)engine_.submit(order_of(row), terms_of(row));
      }
      return;
    case Action::cancel:
      (void)engine_.cancel(row.order_id);
      return;
    case Action::replace:
      (void)engine_.replace(change_of(row));
      return;
    case Action::expire:
      (void)engine_.expire(row.instrument);
      return;
    case Action::mass_cancel:
      (void)engine_.mass_cancel(filter_of(row));
      return;
    case Action::disconnect:
      (void)engine_.disconnect(row.owner);
      return;
    case Action::clock:
      return;
    case Action::state:
      (void)engine_.set_state(row.instrument, static_cast<TradingState>(row.state),
                              static_cast<AuctionKind>(row.auction));
      return;
    case Action::bands:
      (void)engine_.set_bands(row.instrument, Ticks{row.price}, Ticks{row.stop});
      return;
    case Action::clear_bands:
      (void)engine_.clear_bands(row.instrument);
      return;
    case Action::reference:
      (void)engine_.set_reference(row.instrument, Ticks{row.price});
      return;
    case Action::account:
      (void)engine_.set_account(row.owner, {static_cast<GroupId>(row.new_id),
                                            static_cast<SelfTrade>(row.self_trade)});
      return;
    case Action::configure:
      (void)engine_.configure(
          row.instrument,
          {Ticks{row.price}, static_cast<Allocation>(row.state), Lots{row.quantity}});
      return;
    case Action::halt:
    case Action::resume:
    case Action::index:
      break;
  }
  scribe_.answers.rejected(row.order_id, Reject::not_supported_here);
}

void Scribe::traded(const Trade& trade) {
  if (publish) feed.traded(trade);
  answers.traded(trade);
}

void Scribe::rested(const OrderView& order) {
  if (publish) feed.rested(order);
  answers.rested(order);
}

void Scribe::replenished(const OrderView& order) {
  if (publish) feed.replenished(order);
  answers.replenished(order);
}

void Scribe::replaced(const Replaced& change) {
  if (publish) feed.replaced(change);
  answers.replaced(change);
}

void Scribe::decremented(const OrderView& before, Lots by) {
  if (publish) feed.decremented(before, by);
  answers.decremented(before, by);
}

void Scribe::canceled(const OrderView& order, Gone why) {
  if (publish) feed.canceled(order, why);
  answers.canceled(order, why);
}

void Scribe::expired(const OrderView& order) {
  if (publish) feed.expired(order);
  answers.expired(order);
}

void Scribe::state_changed(const StateChange& change) {
  if (publish) feed.state_changed(change);
  answers.state_changed(change);
}

void Scribe::indicative(const Indicative& now) {
  if (publish) feed.indicative(now);
  answers.indicative(now);
}

void AnswerWriter::begin(Nanos now, InstrumentIndex instrument, std::size_t request,
                         std::vector<Answer>& out) {
  out_ = &out;
  now_ = now;
  instrument_ = instrument;
  request_ = static_cast<std::uint32_t>(request);
}

Answer& AnswerWriter::push(AnswerKind kind, OrderId id) {
  Answer& row = out_->emplace_back();
  row.timestamp = now_.n;
  row.order_id = id;
  row.instrument = instrument_;
  row.request = request_;
  row.kind = static_cast<std::uint8_t>(kind);
  row.side = static_cast<std::uint8_t>(Side::none);
  return row;
}

Answer& AnswerWriter::push(AnswerKind kind, const OrderView& order) {
  Answer& row = push(kind, order.id);
  row.instrument = order.instrument;
  row.owner = order.owner;
  row.side = static_cast<std::uint8_t>(order.side);
  row.price = order.price.n;
  row.quantity = order.left.n;
  row.other_left = order.shown.n;
  return row;
}

void AnswerWriter::accepted(const NewOrder& order) {
  Answer& row = push(AnswerKind::accepted, order.id);
  row.owner = order.owner;
  row.side = static_cast<std::uint8_t>(order.side);
  row.price = order.price.n;
  row.quantity = row.left = order.quantity.n;
}

void AnswerWriter::rejected(OrderId id, Reject why) {
  push(AnswerKind::rejected, id).reason = static_cast<std::uint16_t>(why);
}

void AnswerWriter::traded(const Trade& trade) {
  Answer& row = push(AnswerKind::traded, trade.taker);
  row.instrument = trade.instrument;
  row.other_id = trade.maker;
  row.price = trade.price.n;
  row.quantity = trade.quantity.n;
  row.left = trade.taker_left.n;
  row.other_left = trade.maker_left.n;
  row.match = trade.match;
  row.owner = trade.taker_owner;
  row.other_owner = trade.maker_owner;
  row.side = static_cast<std::uint8_t>(trade.maker_side);
  row.detail = (trade.maker_shown ? answer::maker_shown : 0) |
               (trade.taker_shown ? answer::taker_shown : 0) |
               (trade.auction ? answer::auction : 0);
}

void AnswerWriter::rested(const OrderView& order) {
  push(AnswerKind::rested, order).left = order.left.n;
}

void AnswerWriter::replenished(const OrderView& order) {
  push(AnswerKind::replenished, order).left = order.left.n;
}

void AnswerWriter::triggered(const OrderView& order) {
  push(AnswerKind::triggered, order).left = order.left.n;
}

void AnswerWriter::replaced(const Replaced& change) {
  Answer& row = push(AnswerKind::replaced, change.before);
  row.other_id = change.id;
  row.price = change.price.n;
  row.left = change.left.n;
  row.other_left = change.shown.n;
  row.detail = static_cast<std::uint32_t>(change.place);
}

void AnswerWriter::decremented(const OrderView& before, Lots by) {
  push(AnswerKind::decremented, before).left = (before.left - by).n;
}

void AnswerWriter::canceled(const OrderView& order, Gone why) {
  push(AnswerKind::canceled, order).detail = static_cast<std::uint32_t>(why);
}

void AnswerWriter::expired(const OrderView& order) { push(AnswerKind::expired, order); }

void AnswerWriter::state_changed(const StateChange& change) {
  Answer& row = push(AnswerKind::state, OrderId{0});
  row.instrument = change.instrument;
  row.other_id = static_cast<std::uint64_t>(change.auction);
  row.detail = static_cast<std::uint32_t>(change.state);
}

void AnswerWriter::indicative(const Indicative& now) {
  Answer& row = push(AnswerKind::indicative, OrderId{0});
  row.instrument = now.instrument;
  row.price = now.price.n;
  row.quantity = now.volume.n;
  row.left = now.imbalance.n;
}

}  // namespace ai_trading::matching

#include "ai_trading/book/books.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/base/dispatch.hpp"

namespace ai_trading::book {

using feed::Event;
using feed::EventKind;

namespace {
constexpr auto kAdd = static_cast<std::uint8_t>(EventKind::add);
constexpr auto kReplace = static_cast<std::uint8_t>(EventKind::replace);

// Every bit set where `so`, none where not.
constexpr Handle all_if(bool so) { return Handle{0} - static_cast<Handle>(so); }
}  // namespace

Books::Books(std::size_t max_instruments) : max_instruments_(max_instruments) {}

AI_TRADING_NEVER_INLINE bool Books::open_instrument(InstrumentIndex instrument) {
  if (instrument >= max_instruments_) return false;
  sides_.resize(std::max(sides_.size(), (std::size_t{instrument} + 1) * 2));
  return true;
}

Reject Books::check_new(std::int64_t price, std::int64_t quantity) const {
  if (quantity < 1) return Reject::quantity_not_positive;
  if (quantity > kMaxQuantity) return Reject::quantity_too_large;
  if (price > kMaxPrice || price < -kMaxPrice) return Reject::price_out_of_range;
  return Reject::none;
}

AI_TRADING_ALWAYS_INLINE Reject Books::link(std::size_t side, OrderId id,
                                            std::int64_t price, std::int64_t quantity,
                                            IdIndex::Place place) {
  SideLevels& ladder = sides_[side];
  const std::int64_t key = key_of(side, price);
  const SideLevels::Place at = ladder.place(key);

  Handle level_handle = at.value;
  if (at.there) {
    std::int64_t total;
    if (__builtin_add_overflow(levels_[level_handle].quantity, quantity, &total))
      return Reject::quantity_overflow;
    if (orders_.full()) return Reject::too_many_orders;
  } else {
    if (orders_.full() || levels_.full()) return Reject::too_many_orders;
    level_handle = levels_.take();
    ladder.insert(at, key, level_handle);
    levels_[level_handle] = {key, 0, kNone, kNone, 0, static_cast<std::uint32_t>(side)};
  }

  const Handle handle = orders_.take();
  LevelNode& level = levels_[level_handle];
  const Handle tail = level.tail;
  orders_[handle] = {id, quantity, tail, kNone, level_handle, next_stamp_++};
  (tail != kNone ? orders_[tail].next : level.head) = handle;
  level.tail = handle;
  level.quantity += quantity;
  ++level.count;
  index_.insert(id, handle, place);
  ++order_count_;
  return Reject::none;
}

AI_TRADING_ALWAYS_INLINE void Books::unlink(IdIndex::Place place) {
  const Handle handle = place.handle;
  const OrderNode& node = orders_[handle];
  const Handle level_handle = node.level;
  LevelNode& level = levels_[level_handle];
  // Without a branch: whether an order is first or last cannot be predicted.  The
  // record of kNone takes what has no neighbour to go to.
  orders_[node.prev].next = node.next;
  orders_[node.next].prev = node.prev;
  level.head ^= (level.head ^ node.next) & all_if(node.prev == kNone);
  level.tail ^= (level.tail ^ node.prev) & all_if(node.next == kNone);
  level.quantity -= node.left;
  if (--level.count == 0) {
    sides_[level.side_index].erase(level.key);
    levels_.give_back(level_handle);
  }
  index_.erase(node.id, place);
  orders_.give_back(handle);
  --order_count_;
}

Reject Books::add(InstrumentIndex instrument, OrderId id, Side side, Ticks price,
                  Lots quantity) {
  if (side == Side::none) return Reject::side_missing;
  if (const Reject bad = check_new(price.n, quantity.n); bad != Reject::none)
    return bad;
  const std::size_t at = side_index(instrument, side);
  if (at >= sides_.size() && !open_instrument(instrument))
    return Reject::unknown_instrument;
  const IdIndex::Place place = index_.place(id);
  if (place.handle != kNone) return Reject::duplicate_id;
  return link(at, id, price.n, quantity.n, place);
}

Reject Books::take_off(OrderId id, std::int64_t by, bool may_end) {
  const IdIndex::Place place = index_.place(id);
  if (place.handle == kNone) return Reject::unknown_id;
  if (by < 1) return Reject::quantity_not_positive;
  OrderNode& node = orders_[place.handle];
  if (by < node.left) {
    node.left -= by;
    levels_[node.level].quantity -= by;
    return Reject::none;
  }
  if (by > node.left || !may_end) return Reject::quantity_too_large;
  unlink(place);
  return Reject::none;
}

Reject Books::reduce(OrderId id, Lots by) { return take_off(id, by.n, false); }
Reject Books::execute(OrderId id, Lots quantity) {
  return take_off(id, quantity.n, true);
}

Reject Books::cancel(OrderId id) {
  const IdIndex::Place place = index_.place(id);
  if (place.handle == kNone) return Reject::unknown_id;
  unlink(place);
  return Reject::none;
}

Reject Books::replace(OrderId old_id, OrderId new_id, Ticks price, Lots quantity) {
  const IdIndex::Place place = index_.place(old_id);
  const Handle handle = place.handle;
  if (handle == kNone) return Reject::unknown_id;
  if (const Reject bad = check_new(price.n, quantity.n); bad != Reject::none)
    return bad;
  if (new_id != old_id && index_.find(new_id) != kNone) return Reject::duplicate_id;
  const LevelNode& from = levels_[orders_[handle].level];
  const std::size_t side = from.side_index;

  // The one refusal that link could still make, asked for before anything moves.
  const SideLevels::Place at = sides_[side].place(key_of(side, price.n));
  if (at.there) {
    const LevelNode& to = levels_[at.value];
    const std::int64_t rest = to.quantity - (&to == &from ? orders_[handle].left : 0);
    std::int64_t total;
    if (__builtin_add_overflow(rest, quantity.n, &total))
      return Reject::quantity_overflow;
  }
  unlink(place);
  return link(side, new_id, price.n, quantity.n, index_.place(new_id));
}

Reject Books::modify(OrderId id, Ticks price, Lots quantity) {
  const Handle handle = index_.find(id);
  if (handle == kNone) return Reject::unknown_id;
  const OrderNode& node = orders_[handle];
  if (price == price_of(levels_[node.level]) && quantity.n <= node.left) {
    if (quantity.n < 1) return Reject::quantity_not_positive;
    return quantity.n == node.left ? Reject::none
                                   : take_off(id, node.left - quantity.n, false);
  }
  return replace(id, id, price, quantity);
}

AI_TRADING_NEVER_INLINE void Books::clear(InstrumentIndex instrument) {
  for (const Side side : {Side::buy, Side::sell}) {
    const std::size_t at = side_index(instrument, side);
    if (at >= sides_.size()) return;
    while (!sides_[at].empty()) {
      const Handle level = sides_[at].value(0);
      unlink(index_.place(orders_[levels_[level].head].id));
    }
  }
}

// Four looks ahead, each far enough before the next for its lines to have come: the id's
// slot and the side; the order; the level it is in, or joins, and the neighbours; the
// level's last order, or the side it is in.  What was found early may be stale by the time
// it is used here: it still names a record of the pool, and nothing but a hint comes of
// it.  Every look does the same for every kind of event, since which comes next cannot be
// predicted: what does not apply leads to the record of kNone.
//
// A few instruments keep their sides in the cache: of them only ids, orders and the levels
// they are in are asked for.
void Books::prefetch_slot(const Event& event) const {
  index_.prefetch(event.order_id);
  const std::size_t side = std::size_t{event.instrument} * 2 + (event.side & 1);
  if (side < sides_.size()) sides_[side].prefetch();
}

Handle Books::prefetch_order(const Event& event) const {
  const Handle handle = index_.find(event.order_id);
  __builtin_prefetch(&orders_[handle], 1);
  return handle;
}

Handle Books::prefetch_level(const Event& event, Handle handle) const {
  const std::size_t side = std::size_t{event.instrument} * 2 + (event.side & 1);
  // Nobody has checked the price yet: turned round without a sign it cannot overflow.
  const auto price = static_cast<std::uint64_t>(event.price);
  const auto key = static_cast<std::int64_t>(side & 1 ? 0 - price : price);
  const Handle joined = side < sides_.size() ? sides_[side].near(key) : kNone;
  const OrderNode& node = orders_[handle];
  const Handle adds = all_if(event.kind == kAdd);
  const Handle level = (joined & adds) | (node.level & ~adds);
  __builtin_prefetch(&levels_[level], 1);
  prefetch_neighbours(node);
  return level;
}

void Books::prefetch_neighbours(const OrderNode& node) const {
  __builtin_prefetch(&orders_[node.prev], 1);
  __builtin_prefetch(&orders_[node.next], 1);
}

void Books::prefetch_side(const Event& event, Handle at_level) const {
  const LevelNode& level = levels_[at_level];
  const bool adds = event.kind == kAdd;
  __builtin_prefetch(&orders_[level.tail & all_if(adds)], 1);
  const bool may_leave = level.count == 1 || event.kind == kReplace;
  if (!adds & may_leave) sides_[level.side_index].prefetch();
}

void Books::look(const Event* next, Ahead& ahead) const {
  // After a jump the ring holds handles of other events, of orders where levels are
  // meant: nothing is known yet.
  if (next != ahead.next) ahead.ring.fill(kNone);
  ahead.next = next + 1;
  const std::size_t i = ahead.at++;
  if (sides_.size() > kFewSides) {
    look<true>(next, ahead.ring, i);
  } else {
    look<false>(next, ahead.ring, i);
  }
}

template <bool kManySides>
void Books::look(const Event* next, Ring& ring, std::size_t i) const {
  const auto of = [&ring, i](std::size_t further) -> Handle& {
    return ring[(i + further) % kAhead];
  };
  if constexpr (kManySides) {
    prefetch_slot(next[kAhead]);
    of(kOrderAhead) = prefetch_order(next[kOrderAhead]);
    of(kLevelAhead) = prefetch_level(next[kLevelAhead], of(kLevelAhead));
    prefetch_side(next[kSideAhead], of(kSideAhead));
  } else {
    index_.prefetch(next[kAhead].order_id);
    of(kOrderAhead) = prefetch_order(next[kOrderAhead]);
    const OrderNode& node = orders_[of(kLevelAhead)];
    __builtin_prefetch(&levels_[node.level], 1);
    prefetch_neighbours(node);
  }
}

Reject Books::apply(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::add:
      if (event.side > 1) return Reject::side_missing;
      return add(event.instrument, event.order_id, static_cast<Side>(event.side),
                 Ticks{event.price}, Lots{event.quantity});
    case EventKind::reduce:
      return reduce(event.order_id, Lots{event.quantity});
    case EventKind::remove:
      return cancel(event.order_id);
    case EventKind::execute:
    case EventKind::execute_at:
      return execute(event.order_id, Lots{event.quantity});
    case EventKind::replace:
      return replace(event.order_id, event.aux, Ticks{event.price},
                     Lots{event.quantity});
    case EventKind::modify:
      return modify(event.order_id, Ticks{event.price}, Lots{event.quantity});
    case EventKind::clear:
      clear(event.instrument);
      return Reject::none;
    case EventKind::level:
      return Reject::not_supported_here;
    case EventKind::info:
    case EventKind::trade:
    case EventKind::cross:
    case EventKind::imbalance:
    case EventKind::status:
    case EventKind::broken:
      return Reject::none;
  }
  return Reject::not_supported_here;
}

AI_TRADING_DISPATCH
Books::Applied Books::apply(std::span<const Event> events, bool last,
                            std::span<std::uint8_t> codes) {
  const std::size_t seen = events.size();
  const std::size_t end = last ? seen : seen - std::min(seen, kAhead);

  Applied out;
  out.events = end;
  const auto apply_one = [&](std::size_t i) {
    const Reject code = apply(events[i]);
    if (!codes.empty()) codes[i] = static_cast<std::uint8_t>(code);
    if (code == Reject::none) [[likely]]
      return;
    if (out.refused++ == 0) {
      out.first_refused = i;
      out.first_reason = code;
    }
  };

  std::size_t i = 0;
  if (seen > kAhead && order_count_ > kSmall) {
    Ring ring{};
    for (; i < kAhead; ++i) prefetch_slot(events[i]);
    for (i = 0; i < kOrderAhead; ++i) ring[i] = prefetch_order(events[i]);
    const auto all = [&]<bool kManySides>(std::bool_constant<kManySides>) {
      for (i = 0; i + kAhead < seen && i < end; ++i) {
        look<kManySides>(&events[i], ring, i);
        apply_one(i);
      }
    };
    if (sides_.size() > kFewSides) {
      for (i = 0; i < kLevelAhead; ++i) ring[i] = prefetch_level(events[i], ring[i]);
      all(std::true_type{});
    } else {
      all(std::false_type{});
    }
  }
  for (; i < end; ++i) apply_one(i);
  return out;
}

const Books::LevelNode* Books::find_level(InstrumentIndex instrument, Side side,
                                          Ticks price) const {
  const SideLevels* ladder = side_of(instrument, side);
  if (ladder == nullptr) return nullptr;
  if (price.n > kMaxPrice || price.n < -kMaxPrice) return nullptr;
  const SideLevels::Place at =
      ladder->place(key_of(static_cast<std::size_t>(side), price.n));
  return at.there ? &levels_[at.value] : nullptr;
}

std::optional<Level> Books::best(InstrumentIndex instrument, Side side) const {
  const SideLevels* ladder = side_of(instrument, side);
  if (ladder == nullptr || ladder->empty()) return std::nullopt;
  const LevelNode& level = levels_[ladder->value(0)];
  return Level{price_of(level), {level.quantity}, level.count};
}

std::size_t Books::depth(InstrumentIndex instrument, Side side,
                         std::span<Level> out) const {
  const SideLevels* ladder = side_of(instrument, side);
  if (ladder == nullptr) return 0;
  const std::size_t n = std::min<std::size_t>(out.size(), ladder->count());
  for (std::size_t i = 0; i < n; ++i) {
    const LevelNode& level = levels_[ladder->value(static_cast<std::uint32_t>(i))];
    out[i] = {price_of(level), {level.quantity}, level.count};
  }
  return n;
}

Level Books::level(InstrumentIndex instrument, Side side, Ticks price) const {
  const LevelNode* found = find_level(instrument, side, price);
  if (found == nullptr) return {price, {}, 0};
  return {price, {found->quantity}, found->count};
}

RestingOrder Books::view(const OrderNode& node) const {
  const LevelNode& level = levels_[node.level];
  return {node.id, level.side_index / 2, static_cast<Side>(level.side_index & 1),
          price_of(level), Lots{node.left}};
}

std::optional<RestingOrder> Books::order(OrderId id) const {
  const Handle handle = index_.find(id);
  if (handle == kNone) return std::nullopt;
  return view(orders_[handle]);
}

std::optional<QueuePosition> Books::queue_position(OrderId id) const {
  const Handle handle = index_.find(id);
  if (handle == kNone) return std::nullopt;
  QueuePosition position;
  for (Handle h = orders_[handle].prev; h != kNone; h = orders_[h].prev) {
    ++position.orders_ahead;
    position.quantity_ahead += {orders_[h].left};
  }
  return position;
}

std::optional<Stamp> Books::stamp(OrderId id) const {
  const Handle handle = index_.find(id);
  if (handle == kNone) return std::nullopt;
  return Stamp{orders_[handle].stamp};
}

QueuePosition Books::ahead_of(InstrumentIndex instrument, Side side, Ticks price,
                              Stamp stamp) const {
  QueuePosition position;
  const LevelNode* level = find_level(instrument, side, price);
  if (level == nullptr) return position;
  for (Handle h = level->head; h != kNone; h = orders_[h].next) {
    if (!Stamp{orders_[h].stamp}.before(stamp)) break;
    ++position.orders_ahead;
    position.quantity_ahead += {orders_[h].left};
  }
  return position;
}

std::size_t Books::level_count(InstrumentIndex instrument, Side side) const {
  const SideLevels* ladder = side_of(instrument, side);
  return ladder == nullptr ? 0 : ladder->count();
}

std::uint64_t Books::state_hash() const {
  Digest digest;
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    const SideLevels& ladder = sides_[side];
    for (std::uint32_t at = 0; at < ladder.count(); ++at) {
      const LevelNode& level = levels_[ladder.value(at)];
      digest.mix(std::uint64_t{side});
      digest.mix(level.key);
      for (Handle h = level.head; h != kNone; h = orders_[h].next) {
        digest.mix(orders_[h].id);
        digest.mix(orders_[h].left);
      }
    }
  }
  return digest.value();
}

std::size_t Books::bytes() const {
  std::size_t total = orders_.bytes() + levels_.bytes() + index_.bytes() +
                      sides_.capacity() * sizeof(SideLevels);
  for (const SideLevels& side : sides_) total += side.bytes();
  return total;
}

}  // namespace ai_trading::book

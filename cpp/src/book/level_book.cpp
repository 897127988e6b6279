#include "ai_trading/book/level_book.hpp"

#include "ai_trading/base/digest.hpp"

namespace ai_trading::book {

namespace {

// As `levels.upper(key)`, but equally quick for all levels of a book that has a few
// dozen: totals change as readily at the tenth level as at the touch, and how deep a
// search would go cannot be predicted.
std::uint32_t upper(const Ladder<std::int64_t>& levels, std::int64_t key) {
  constexpr std::uint32_t kFew = 48;
  // A key below kBound differs from any other by less than 2^63: the sign tells.
  if (levels.count() > kFew || key == kMaxPrice) return levels.upper(key);
  std::uint64_t above = 0;
  for (std::uint32_t at = 0; at < levels.count(); ++at)
    above += (static_cast<std::uint64_t>(key) -
              static_cast<std::uint64_t>(levels.key(at))) >>
             63;
  return levels.count() - static_cast<std::uint32_t>(above);
}

}  // namespace

Reject LevelBook::set(InstrumentIndex instrument, Side side, Ticks price,
                      Lots quantity) {
  if (side == Side::none) return Reject::side_missing;
  if (quantity.n < 0) return Reject::quantity_not_positive;
  if (price.n > kMaxPrice || price.n < -kMaxPrice) return Reject::price_out_of_range;
  const std::size_t at = std::size_t{instrument} * 2 + static_cast<std::size_t>(side);
  if (at >= sides_.size()) {
    if (instrument >= max_instruments_) return Reject::unknown_instrument;
    sides_.resize((std::size_t{instrument} + 1) * 2);
  }
  SideLevels& levels = sides_[at];
  const std::int64_t key = key_of(side, price.n);
  const std::uint32_t place = upper(levels, key);
  const bool present = place != 0 && levels.key(place - 1) == key;
  if (quantity.n == 0) {
    if (present) levels.erase(place - 1);
  } else if (present) {
    levels.value(place - 1) = quantity.n;
  } else {
    levels.insert(place, key, quantity.n);
  }
  return Reject::none;
}

void LevelBook::clear(InstrumentIndex instrument) {
  const std::size_t at = std::size_t{instrument} * 2;
  if (at >= sides_.size()) return;
  sides_[at].clear();
  sides_[at + 1].clear();
}

Reject LevelBook::apply(const feed::Event& event) {
  using feed::EventKind;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::level:
      if (event.side > 1) return Reject::side_missing;
      return set(event.instrument, static_cast<Side>(event.side), Ticks{event.price},
                 Lots{event.quantity});
    case EventKind::clear:
      clear(event.instrument);
      return Reject::none;
    case EventKind::add:
    case EventKind::reduce:
    case EventKind::remove:
    case EventKind::execute:
    case EventKind::execute_at:
    case EventKind::replace:
    case EventKind::modify:
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

std::optional<Level> LevelBook::best(InstrumentIndex instrument, Side side) const {
  const SideLevels* levels = side_of(instrument, side);
  if (levels == nullptr || levels->empty()) return std::nullopt;
  const std::uint32_t at = levels->count() - 1;
  return Level{Ticks{key_of(side, levels->key(at))}, Lots{levels->value(at)}, 0};
}

std::optional<Level> LevelBook::last(InstrumentIndex instrument, Side side) const {
  const SideLevels* levels = side_of(instrument, side);
  if (levels == nullptr || levels->empty()) return std::nullopt;
  return Level{Ticks{key_of(side, levels->key(0))}, Lots{levels->value(0)}, 0};
}

std::size_t LevelBook::depth(InstrumentIndex instrument, Side side,
                             std::span<Level> out) const {
  const SideLevels* levels = side_of(instrument, side);
  if (levels == nullptr) return 0;
  const std::size_t n = std::min<std::size_t>(out.size(), levels->count());
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::uint32_t>(levels->count() - 1 - i);
    out[i] = {Ticks{key_of(side, levels->key(at))}, Lots{levels->value(at)}, 0};
  }
  return n;
}

Level LevelBook::level(InstrumentIndex instrument, Side side, Ticks price) const {
  const SideLevels* levels = side_of(instrument, side);
  if (levels == nullptr || price.n > kMaxPrice || price.n < -kMaxPrice)
    return {price, {}, 0};
  const std::uint32_t at = levels->find(key_of(side, price.n));
  if (at == SideLevels::kNotFound) return {price, {}, 0};
  return {price, {levels->value(at)}, 0};
}

std::size_t LevelBook::level_count(InstrumentIndex instrument, Side side) const {
  const SideLevels* levels = side_of(instrument, side);
  return levels == nullptr ? 0 : levels->count();
}

std::uint64_t LevelBook::state_hash() const {
  Digest digest;
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    for (std::uint32_t at = sides_[side].count(); at-- > 0;) {
      digest.mix(std::uint64_t{side});
      digest.mix(sides_[side].key(at));
      digest.mix(sides_[side].value(at));
    }
  }
  return digest.value();
}

}  // namespace ai_trading::book

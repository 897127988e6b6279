#include "ai_trading/book/level_book.hpp"

#include "ai_trading/base/digest.hpp"

namespace ai_trading::book {

Reject LevelBook::change(InstrumentIndex instrument, Side side, Ticks price,
                         Lots quantity) {
  if (side == Side::none) return Reject::side_missing;
  if (quantity.n < 0) return Reject::quantity_not_positive;
  if (price.n > kMaxPrice || price.n < -kMaxPrice) return Reject::price_out_of_range;
  const std::size_t at = std::size_t{instrument} * 2 + static_cast<std::size_t>(side);
  if (at >= sides_.size()) {
    if (instrument >= max_instruments_) return Reject::unknown_instrument;
    sides_.resize((std::size_t{instrument} + 1) * 2);
  }
  Levels& levels = sides_[at].levels;
  const std::int64_t key = key_of(side, price.n);
  const std::uint32_t place = levels.upper(key);
  const bool present = place != 0 && levels.key(place - 1) == key;
  if (quantity.n == 0) {
    if (present) levels.erase(place - 1);
  } else if (present) {
    levels.value(place - 1) = quantity.n;
    sides_[at].note(key, place - 1);
  } else {
    levels.insert(place, key, quantity.n);
    sides_[at].note(key, place);
  }
  return Reject::none;
}

void LevelBook::clear(InstrumentIndex instrument) {
  const std::size_t at = std::size_t{instrument} * 2;
  if (at >= sides_.size()) return;
  sides_[at].levels.clear();
  sides_[at + 1].levels.clear();
}

// What is no total of a side.
Reject LevelBook::apply_other(const feed::Event& event) {
  using feed::EventKind;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::level:
      return Reject::side_missing;
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
  const Levels* levels = side_of(instrument, side);
  if (levels == nullptr || levels->empty()) return std::nullopt;
  const std::uint32_t at = levels->count() - 1;
  return Level{Ticks{key_of(side, levels->key(at))}, Lots{levels->value(at)}, 0};
}

std::optional<Level> LevelBook::last(InstrumentIndex instrument, Side side) const {
  const Levels* levels = side_of(instrument, side);
  if (levels == nullptr || levels->empty()) return std::nullopt;
  return Level{Ticks{key_of(side, levels->key(0))}, Lots{levels->value(0)}, 0};
}

std::size_t LevelBook::depth(InstrumentIndex instrument, Side side,
                             std::span<Level> out) const {
  const Levels* levels = side_of(instrument, side);
  if (levels == nullptr) return 0;
  const std::size_t n = std::min<std::size_t>(out.size(), levels->count());
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::uint32_t>(levels->count() - 1 - i);
    out[i] = {Ticks{key_of(side, levels->key(at))}, Lots{levels->value(at)}, 0};
  }
  return n;
}

Level LevelBook::level(InstrumentIndex instrument, Side side, Ticks price) const {
  const Levels* levels = side_of(instrument, side);
  if (levels == nullptr || price.n > kMaxPrice || price.n < -kMaxPrice)
    return {price, {}, 0};
  const std::int64_t key = key_of(side, price.n);
  std::uint32_t at =
      sides_[std::size_t{instrument} * 2 + static_cast<std::size_t>(side)].guess(key);
  if (at == Levels::kNotFound) at = levels->find(key);
  if (at == Levels::kNotFound) return {price, {}, 0};
  return {price, {levels->value(at)}, 0};
}

std::size_t LevelBook::level_count(InstrumentIndex instrument, Side side) const {
  const Levels* levels = side_of(instrument, side);
  return levels == nullptr ? 0 : levels->count();
}

std::uint64_t LevelBook::state_hash() const {
  Digest digest;
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    const Levels& levels = sides_[side].levels;
    for (std::uint32_t at = levels.count(); at-- > 0;) {
      digest.mix(std::uint64_t{side});
      digest.mix(levels.key(at));
      digest.mix(levels.value(at));
    }
  }
  return digest.value();
}

}  // namespace ai_trading::book

#include "ai_trading/matching/shown_book.hpp"

#include "ai_trading/base/digest.hpp"

namespace ai_trading::matching {

using book::Level;
using book::RestingOrder;

namespace {
Level level_of(const Store& store, Side side, Handle h) {
  const Entry& e = store.at(h);
  return {price_of(side, e.key()), Lots{e.quantity}, e.level};
}
}  // namespace

const PriceLevels* ShownBook::levels(InstrumentIndex instrument, Side side) const {
  if (instrument >= instruments() || side == Side::none) return nullptr;
  return &engine_->store().known(instrument).shown[static_cast<std::size_t>(side)];
}

RestingOrder ShownBook::resting(Handle h) const {
  const OrderView v = engine_->view(h);
  return {v.id, v.instrument, v.side, v.price, v.shown};
}

std::optional<Level> ShownBook::best(InstrumentIndex instrument, Side side) const {
  const PriceLevels* all = levels(instrument, side);
  if (all == nullptr || all->empty()) return std::nullopt;
  return level_of(engine_->store(), side, all->best());
}

std::size_t ShownBook::depth(InstrumentIndex instrument, Side side,
                             std::span<Level> out) const {
  const PriceLevels* all = levels(instrument, side);
  std::size_t n = 0;
  if (all == nullptr) return n;
  for (Key k = all->best_key(); k != kNoKey && n < out.size(); k = all->below(k))
    out[n++] = level_of(engine_->store(), side, all->find(k));
  return n;
}

Level ShownBook::level(InstrumentIndex instrument, Side side, Ticks price) const {
  const PriceLevels* all = levels(instrument, side);
  const bool inside = price.n <= kMaxPrice && price.n >= -kMaxPrice;
  const Handle h = all != nullptr && inside ? all->find(key_of(side, price)) : kNone;
  return h == kNone ? Level{price, {}, 0} : level_of(engine_->store(), side, h);
}

std::optional<RestingOrder> ShownBook::order(OrderId id) const {
  const Handle h = engine_->store().find(id);
  if (h == kNone) return std::nullopt;
  const RestingOrder found = resting(h);
  if (found.left.n == 0) return std::nullopt;
  return found;
}

std::size_t ShownBook::level_count(InstrumentIndex instrument, Side side) const {
  const PriceLevels* all = levels(instrument, side);
  return all == nullptr ? 0 : all->count();
}

std::size_t ShownBook::order_count() const {
  std::size_t total = 0;
  for (InstrumentIndex i = 0; i < instruments(); ++i) {
    for (const Side side : {Side::buy, Side::sell}) {
      const PriceLevels& all = *levels(i, side);
      for (Key k = all.best_key(); k != kNoKey; k = all.below(k))
        total += level_of(engine_->store(), side, all.find(k)).orders;
    }
  }
  return total;
}

// As book::Books::state_hash.
std::uint64_t ShownBook::state_hash() const {
  const Store& store = engine_->store();
  Digest digest;
  for (InstrumentIndex i = 0; i < instruments(); ++i) {
    for (const Side side : {Side::buy, Side::sell}) {
      const PriceLevels& all = *levels(i, side);
      for (Key k = all.best_key(); k != kNoKey; k = all.below(k)) {
        digest.mix(std::uint64_t{i} * 2 + static_cast<std::uint64_t>(side));
        digest.mix(k);
        const Handle level = all.find(k);
        for (Handle h = store.at(level).next; h != level; h = store.at(h).next) {
          digest.mix(store.at(h).name);
          digest.mix(store.at(h).quantity);
        }
      }
    }
  }
  return digest.value();
}

}  // namespace ai_trading::matching

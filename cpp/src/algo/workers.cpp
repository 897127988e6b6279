#include "ai_trading/algo/workers.hpp"

#include <stdexcept>
#include <string>

namespace ai_trading::algo {

void Workers::add(ParentId id, const Terms& terms) {
  if (terms.instrument >= places_.size()) {
    throw std::invalid_argument("instrument " + std::to_string(terms.instrument) +
                                " is not in the table of " +
                                std::to_string(places_.size()));
  }
  if (!ids_.empty() && id <= ids_.back()) {
    throw std::invalid_argument("parent ids must rise; received " + std::to_string(id) +
                                " after " + std::to_string(ids_.back()));
  }
  ids_.push_back(id);
  workers_.emplace_back(id, terms);
  asleep_until_.push_back(kNever);
  marked_.push_back(Lots{kMaxQuantity});
  if (terms.would) places_[terms.instrument].tempted.push_back(workers_.size() - 1);
  wake(workers_.size() - 1, terms.start);
}

std::size_t Workers::index_of(ParentId id) const {
  const auto at = std::ranges::lower_bound(ids_, id);
  if (at == ids_.end() || *at != id) return ids_.size();
  return static_cast<std::size_t>(at - ids_.begin());
}

const Worker* Workers::find(ParentId id) const {
  const std::size_t index = index_of(id);
  return index < workers_.size() ? &workers_[index] : nullptr;
}

void Workers::wake(std::size_t index, Nanos at) {
  if (at >= asleep_until_[index]) return;
  asleep_until_[index] = at;
  times_.push({at, index});
}

void Workers::on_trade(InstrumentIndex instrument, Ticks price, Lots quantity,
                       Nanos now) {
  Place& place = places_[instrument];
  place.tape.volume += quantity;
  place.tape.value += TickLots{price.n * quantity.n};
  while (!place.marks.empty() && place.marks.top().volume <= place.tape.volume) {
    const Mark mark = place.marks.top();
    place.marks.pop();
    if (marked_[mark.index] != mark.volume) continue;
    marked_[mark.index] = Lots{kMaxQuantity};
    wake(mark.index, now);
  }
}

void Workers::on_touch(InstrumentIndex instrument, const Market& market, Nanos now) {
  std::vector<std::size_t>& waiting = places_[instrument].tempted;
  std::erase_if(waiting, [&](std::size_t i) { return workers_[i].done(); });
  for (const std::size_t index : waiting)
    if (workers_[index].tempted(market)) wake(index, now);
}

void Workers::on_child(ParentId parent, const Child& child, Nanos now) {
  const std::size_t index = index_of(parent);
  if (index == ids_.size()) return;
  workers_[index].on_child(child, now);
  wake(index, now);
}

void Workers::cancel(ParentId parent, Nanos now) {
  const std::size_t index = index_of(parent);
  if (index == ids_.size()) return;
  workers_[index].cancel();
  wake(index, now);
}

void Workers::settle(std::size_t index, Nanos now, bool refused) {
  const Worker& worker = workers_[index];
  // A change that was refused on the spot is not asked for again at once.
  wake(index, refused ? now + worker.terms().review : worker.wake());
  const Lots mark = worker.wake_volume();
  if (mark.n < kMaxQuantity && mark != marked_[index]) {
    marked_[index] = mark;
    places_[worker.terms().instrument].marks.push({mark, index});
  }
}

}  // namespace ai_trading::algo

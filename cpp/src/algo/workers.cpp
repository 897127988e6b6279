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
  times_.add();
  marked_.push_back(Lots{kMaxQuantity});
  beds_.emplace_back();
  if (terms.would) places_[terms.instrument].tempted.push_back(workers_.size() - 1);
  wake(workers_.size() - 1, terms.start);
}

std::size_t Workers::index_of(ParentId id) const {
  // Nearly always they follow each other without a gap.
  const std::size_t guess = ids_.empty() ? 0 : id - ids_.front();
  if (guess < ids_.size() && ids_[guess] == id) return guess;
  const auto at = std::ranges::lower_bound(ids_, id);
  if (at == ids_.end() || *at != id) return ids_.size();
  return static_cast<std::size_t>(at - ids_.begin());
}

const Worker* Workers::find(ParentId id) const {
  const std::size_t index = index_of(id);
  return index < workers_.size() ? &workers_[index] : nullptr;
}

void Workers::wake(std::size_t index, Nanos at) {
  // The one who is asked keeps its place until that is over: one change instead of two.
  if (index == asked_) {
    asked_again_ = std::min(asked_again_, at);
  } else if (at < times_.at(index)) {
    times_.set(index, at);
  }
}

void Workers::on_trades(InstrumentIndex instrument, const Tape& traded, Nanos now) {
  Place& place = places_[instrument];
  place.tape.volume += traded.volume;
  place.tape.value += traded.value;
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

void Workers::lie_down(std::size_t index) {
  const Worker& worker = workers_[index];
  Bed& bed = beds_[index];
  bed.used = worker.rest().left.has_value();
  if (!bed.used) return;
  const Side side = worker.terms().side;
  const std::int64_t goodness = sign(side) * worker.rest().left->n;
  if (bed.listed && bed.goodness == goodness) return;
  bed.listed = true;
  bed.goodness = goodness;
  places_[worker.terms().instrument].asleep(side).add(
      goodness, static_cast<std::uint32_t>(index));
}

// The touch has left its child: it is asked at its next review.
void Workers::rouse(std::int64_t goodness, std::size_t index, Nanos now) {
  Bed& bed = beds_[index];
  if (!bed.listed || bed.goodness != goodness) return;  // it lies elsewhere now
  bed.listed = false;
  if (!std::exchange(bed.used, false)) return;
  const std::int64_t review = workers_[index].terms().review.n;
  const std::int64_t passed = now.n - bed.asked.n;
  const std::int64_t reviews =
      std::max<std::int64_t>(1, (passed + review - 1) / review);
  wake(index, bed.asked + Nanos{reviews * review});
}

void Workers::settle(std::size_t index, Nanos now, bool refused) {
  const Worker& worker = workers_[index];
  if (may_sleep_ && !refused && worker.rest().possible) {
    lie_down(index);
    wake(index, worker.rest().until);
  } else {
    beds_[index].used = false;
    // A change that was refused on the spot is not asked for again at once.
    wake(index, refused ? now + worker.terms().review : worker.wake());
  }
  const Lots mark = worker.wake_volume();
  if (mark.n < kMaxQuantity && mark != marked_[index]) {
    marked_[index] = mark;
    places_[worker.terms().instrument].marks.push({mark, index});
  }
}

}  // namespace ai_trading::algo

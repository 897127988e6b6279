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
  beds_.emplace_back();
  if (terms.would) places_[terms.instrument].tempted.push_back(workers_.size() - 1);
  wake(workers_.size() - 1, terms.start);
}

std::size_t Workers::search(ParentId id) const {
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

void Workers::call(std::size_t index, Nanos now) {
  if (index == asked_) {
    asked_again_ = std::min(asked_again_, now);
  } else if (now < times_.at(index)) {
    times_.call(index, now);
  }
}

void Workers::on_trades(InstrumentIndex instrument, const Tape& traded, Nanos now) {
  Place& place = places_[instrument];
  place.tape.volume += traded.volume;
  place.tape.value += traded.value;
  while (!place.marks.empty() && place.marks.top().volume <= place.tape.volume) {
    const Mark mark = place.marks.top();
    place.marks.pop();
    Lots& wanted = beds_[mark.index].mark;
    if (wanted != mark.volume) continue;
    wanted = Lots{kMaxQuantity};
    call(mark.index, now);
  }
}

void Workers::on_touch(InstrumentIndex instrument, const Market& market, Nanos now) {
  std::vector<std::size_t>& waiting = places_[instrument].tempted;
  std::erase_if(waiting, [&](std::size_t i) { return workers_[i].done(); });
  for (const std::size_t index : waiting)
    if (workers_[index].tempted(market)) call(index, now);
}

const Worker* Workers::on_child(ParentId parent, const Child& child, Nanos now) {
  const std::size_t index = index_of(parent);
  if (index == ids_.size()) return nullptr;
  Worker& worker = workers_[index];
  worker.on_child(child, now);
  call(index, now);
  return &worker;
}

void Workers::cancel(ParentId parent, Nanos now) {
  const std::size_t index = index_of(parent);
  if (index == ids_.size()) return;
  workers_[index].cancel();
  call(index, now);
}

void Workers::lie_down(std::size_t index, const Worker& worker) {
  Bed& bed = beds_[index];
  const Rest& rest = worker.rest();
  bed.used = rest.left.has_value();
  if (!bed.used) return;
  const Side side = worker.terms().side;
  const std::int64_t goodness = sign(side) * rest.left->n;
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

void Workers::settle(std::size_t index, const Worker& worker, Nanos now, bool refused) {
  Bed& bed = beds_[index];
  bed.asked = now;
  if (may_sleep_ && !refused && worker.rest().possible) {
    lie_down(index, worker);
    wake(index, worker.rest().until);
  } else {
    bed.used = false;
    // A change that was refused on the spot is not asked for again at once.
    wake(index, refused ? now + worker.terms().review : worker.wake());
  }
  const Lots mark = worker.wake_volume();
  if (mark.n < kMaxQuantity && mark != bed.mark) {
    bed.mark = mark;
    places_[worker.terms().instrument].marks.push({mark, index});
  }
}

}  // namespace ai_trading::algo

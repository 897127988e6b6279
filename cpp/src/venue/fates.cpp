#include <unordered_map>

#include "ai_trading/book/books.hpp"
#include "ai_trading/venue/fill_truth.hpp"

namespace ai_trading::venue {
namespace {

using feed::Event;
using feed::EventKind;

constexpr OrderId kFirstMadeUp = OrderId{1} << 62;

// The id that the source gave the order an event is about.
[[nodiscard]] OrderId told_id(const Event& event) {
  return event.flags & feed::flag::restored ? event.aux : event.order_id;
}

class Registrar {
 public:
  explicit Registrar(std::span<const Event> events) : events_(events), books_(1) {}

  std::vector<Fate> run() {
    for (at_ = 0; at_ < events_.size(); ++at_) see(events_[at_]);
    for (const auto& [id, open] : open_) {
      Fate& fate = rows_[open.row];
      const bool lost = open.lost_at != kHere;
      fate.ending = static_cast<std::uint8_t>(lost ? Ending::left : Ending::open);
      fate.ended = lost ? open.lost_at : events_.size() - 1;
      fate.finished = events_[fate.ended].timestamp;
    }
    return std::move(rows_);
  }

 private:
  static constexpr std::size_t kHere = ~std::size_t{0};
  struct Open {
    std::size_t row{};
    Lots left;
    std::size_t lost_at = kHere;  // the event that took it out of view
  };

  void see(const Event& event) {
    const OrderId id = told_id(event);
    const auto before = books_.order(event.order_id);
    const Lots waiting = arriving_at(event, before);
    if (books_.apply(event) != Reject::none) return;
    switch (static_cast<EventKind>(event.kind)) {
      case EventKind::add:
        return born(event, event.order_id, static_cast<Side>(event.side), waiting);
      case EventKind::execute:
      case EventKind::execute_at:
        return executed(event, id);
      case EventKind::reduce:
        return shrunk(event, id, false);
      case EventKind::remove:
        if (feed::flag::of_view(event.flags)) return lost(id);
        return shrunk(event, id, id == event.order_id);
      case EventKind::replace:
        done(event, event.order_id, Ending::canceled);
        return born(event, event.aux, before->side, waiting);
      case EventKind::modify:
        if (Ticks{event.price} == before->price && Lots{event.quantity} <= before->left)
          return shrink_to(event);
        done(event, event.order_id, Ending::canceled);
        return born(event, event.order_id, before->side, waiting);
      case EventKind::clear:
        while (!open_.empty()) done(event, open_.begin()->first, Ending::left);
        return;
      default:
        return;
    }
  }

  // What rests where an event sends an order, without what that order leaves there.
  [[nodiscard]] Lots arriving_at(const Event& event,
                                 const std::optional<book::RestingOrder>& order) const {
    const auto kind = static_cast<EventKind>(event.kind);
    if (kind == EventKind::add)
      return books_.level(0, static_cast<Side>(event.side), Ticks{event.price})
          .quantity;
    if (!order || (kind != EventKind::replace && kind != EventKind::modify)) return {};
    const Lots there = books_.level(0, order->side, Ticks{event.price}).quantity;
    return order->price == Ticks{event.price} ? there - order->left : there;
  }

  void born(const Event& event, OrderId id, Side side, Lots ahead) {
    if (feed::flag::of_view(event.flags) || id >= kFirstMadeUp) return;
    Fate fate{};
    fate.order_id = id;
    fate.born = at_;
    fate.submitted = event.timestamp;
    fate.price = event.price;
    fate.quantity = event.quantity;
    fate.ahead = ahead.n;
    fate.side = static_cast<std::uint8_t>(side);
    open_[id] = {rows_.size(), Lots{event.quantity}, kHere};
    rows_.push_back(fate);
  }

  void executed(const Event& event, OrderId id) {
    const auto open = open_.find(id);
    if (open == open_.end()) return;
    if (event.flags & feed::flag::unprinted) return done(event, id, Ending::auction);
    Fate& fate = rows_[open->second.row];
    fate.filled += event.quantity;
    fate.last_fill = event.timestamp;
    if (fate.first_fill == 0) fate.first_fill = event.timestamp;
    open->second.left -= Lots{event.quantity};
    if (open->second.left.n <= 0) done(event, id, Ending::filled);
  }

  void shrunk(const Event& event, OrderId id, bool whole) {
    const auto open = open_.find(id);
    if (open == open_.end()) return;
    open->second.left -= Lots{event.quantity};
    if (whole || open->second.left.n <= 0) done(event, id, Ending::canceled);
  }

  void shrink_to(const Event& event) {
    const auto open = open_.find(event.order_id);
    if (open != open_.end()) open->second.left = Lots{event.quantity};
  }

  // Its price left the view; should it come back, its end may yet be seen.
  void lost(OrderId id) {
    const auto open = open_.find(id);
    if (open != open_.end()) open->second.lost_at = at_;
  }

  void done(const Event& event, OrderId id, Ending ending) {
    const auto open = open_.find(id);
    if (open == open_.end()) return;
    Fate& fate = rows_[open->second.row];
    fate.ended = at_;
    fate.finished = event.timestamp;
    fate.ending = static_cast<std::uint8_t>(ending);
    open_.erase(open);
  }

  std::span<const Event> events_;
  book::Books books_;
  std::unordered_map<OrderId, Open> open_;
  std::vector<Fate> rows_;
  std::size_t at_{};
};

}  // namespace

std::vector<Fate> fates(std::span<const Event> events) {
  return Registrar(events).run();
}

}  // namespace ai_trading::venue

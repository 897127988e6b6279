// Our own orders as they rest at a simulated venue, best price first, then arrival.
//
// They are kept beside the historical book and never in it, so that the book stays what
// the tape says; what stands before them is asked of that book.
//
// Cost        p below is the number of different prices of ours on the side.  Finding
//             and erasing by id O(1); inserting and finding a price O(log p), and O(p)
//             where the price is new to us or leaves us.  A parent's children stand at
//             few prices, however many parents there are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/book/id_index.hpp"
#include "ai_trading/venue/queue_model.hpp"

namespace ai_trading::venue {

// Beyond every price a book takes: the limit of an order without one.
inline constexpr std::int64_t kAnyPrice = std::int64_t{1} << 62;

// How an order of ours stands at its price.
enum class Style : std::uint8_t {
  shown,
  sliced,    // an iceberg: behind what it shows there is more
  unpriced,  // takes the price of its first execution as its limit
  dark,      // not displayed: behind all displayed ones at its price
  choosy,    // dark, and trades only so much at a time
};

struct OwnOrder {
  OrderId id{};
  Ticks price;  // a waiting market order: the best price there is
  Lots total;
  Lots left;
  book::Stamp stamp;  // place in the historical arrival order
  QueuePlace place;   // estimated, where the source tells no orders
  OrderId among{};    // the restored order in which those before us are, if any
  Nanos arrived;
  bool immediate{};  // ends after its first chance to trade
  Side side{};
  Style style{};

  [[nodiscard]] bool dark() const { return style >= Style::dark; }
};

// One side of them.  Walking it visits the best price first and at one price the
// earliest order; inserting or erasing ends a walk.
class OwnQueue {
 public:
  explicit OwnQueue(Side side) : side_(side) {}

  template <bool kConst>
  class Walk {
    using Owner = std::conditional_t<kConst, const OwnQueue, OwnQueue>;

   public:
    Walk(Owner* owner, std::size_t row, std::size_t last_row, Handle at)
        : owner_(owner), row_(row), last_row_(last_row), at_(at) {}
    [[nodiscard]] auto& operator*() const { return owner_->nodes_[at_].order; }
    [[nodiscard]] auto* operator->() const { return &owner_->nodes_[at_].order; }
    Walk& operator++() {
      at_ = owner_->nodes_[at_].after;
      if (at_ == kNone && row_ > last_row_) at_ = owner_->rows_[--row_].first;
      return *this;
    }
    friend bool operator==(const Walk& a, const Walk& b) { return a.at_ == b.at_; }

   private:
    Owner* owner_;
    std::size_t row_, last_row_;
    Handle at_;
  };

  template <bool kConst>
  struct Range {
    Walk<kConst> first, past;
    [[nodiscard]] Walk<kConst> begin() const { return first; }
    [[nodiscard]] Walk<kConst> end() const { return past; }
    [[nodiscard]] bool empty() const { return first == past; }
    [[nodiscard]] auto& front() const { return *first; }
  };

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] OwnOrder& front() { return nodes_[rows_.back().first].order; }
  [[nodiscard]] const OwnOrder& front() const {
    return nodes_[rows_.back().first].order;
  }
  [[nodiscard]] Walk<false> begin() { return from_best<false>(this); }
  [[nodiscard]] Walk<true> begin() const { return from_best<true>(this); }
  [[nodiscard]] Walk<false> end() { return {this, 0, 0, kNone}; }
  [[nodiscard]] Walk<true> end() const { return {this, 0, 0, kNone}; }
  // Those at one price.
  [[nodiscard]] Range<false> at(Ticks price) { return row_of<false>(this, price); }
  [[nodiscard]] Range<true> at(Ticks price) const { return row_of<true>(this, price); }

  // Joins behind all others at its price, but before dark ones.  The id must be new.
  OwnOrder& insert(OwnOrder order) {
    if (index_ == nullptr) index_ = std::make_unique<book::IdIndex>();
    const Handle handle = take();
    const std::size_t place = lower(order.price);
    if (place == rows_.size() || rows_[place].price != order.price) {
      const auto here = rows_.begin() + static_cast<std::ptrdiff_t>(place);
      rows_.insert(here, {order.price, handle, handle});
    } else {
      Row& row = rows_[place];
      Handle behind = row.last;
      if (!order.dark())
        while (behind != kNone && nodes_[behind].order.dark()) [[unlikely]]
          behind = nodes_[behind].before;
      const Handle next = behind == kNone ? row.first : nodes_[behind].after;
      nodes_[handle].before = behind;
      nodes_[handle].after = next;
      (behind == kNone ? row.first : nodes_[behind].after) = handle;
      (next == kNone ? row.last : nodes_[next].before) = handle;
    }
    index_->insert(order.id, handle);
    nodes_[handle].order = std::move(order);
    return nodes_[handle].order;
  }

  [[nodiscard]] OwnOrder* find(OrderId id) {
    const Handle handle = index_ == nullptr ? kNone : index_->find(id);
    return handle == kNone ? nullptr : &nodes_[handle].order;
  }
  [[nodiscard]] const OwnOrder* find(OrderId id) const {
    const Handle handle = index_ == nullptr ? kNone : index_->find(id);
    return handle == kNone ? nullptr : &nodes_[handle].order;
  }

  // Does nothing where there is no such order.
  void erase(OrderId id) {
    const Handle handle = index_ == nullptr ? kNone : index_->find(id);
    if (handle != kNone) drop(handle, lower(nodes_[handle].order.price));
  }

  // Takes out every order for which `gone` holds, in the order of a walk.
  template <class Gone>
  void erase_if(Gone&& gone) {
    for (std::size_t row = rows_.size(); row-- > 0;) erase_in_row(row, gone);
  }
  // The same among those at one price.
  template <class Gone>
  void erase_at(Ticks price, Gone&& gone) {
    const std::size_t row = lower(price);
    if (row < rows_.size() && rows_[row].price == price) erase_in_row(row, gone);
  }

  void clear() {
    for (const OwnOrder& order : *this) index_->erase(order.id);
    nodes_.resize(1);
    rows_.clear();
    free_ = kNone;
  }

 private:
  struct Node {
    OwnOrder order;
    Handle before = kNone;
    Handle after = kNone;  // also links those that are free
  };
  // The orders at one price.
  struct Row {
    Ticks price;
    Handle first{}, last{};
  };

  template <bool kConst, class Queue>
  static Walk<kConst> from_best(Queue* queue) {
    if (queue->rows_.empty()) return {queue, 0, 0, kNone};
    const std::size_t best = queue->rows_.size() - 1;
    return {queue, best, 0, queue->rows_[best].first};
  }
  template <bool kConst, class Queue>
  static Range<kConst> row_of(Queue* queue, Ticks price) {
    const std::size_t row = queue->lower(price);
    const bool there = row < queue->rows_.size() && queue->rows_[row].price == price;
    const Handle first = there ? queue->rows_[row].first : kNone;
    return {{queue, row, row, first}, {queue, row, row, kNone}};
  }

  // The first row, from the worst, that is not worse than the price.
  [[nodiscard]] std::size_t lower(Ticks price) const {
    const auto found = std::ranges::partition_point(
        rows_,
        [this, price](const Row& row) { return better(side_, price, row.price); });
    return static_cast<std::size_t>(found - rows_.begin());
  }

  [[nodiscard]] Handle take() {
    if (free_ != kNone) {
      const Handle handle = std::exchange(free_, nodes_[free_].after);
      nodes_[handle].before = nodes_[handle].after = kNone;
      return handle;
    }
    nodes_.emplace_back();
    return static_cast<Handle>(nodes_.size() - 1);
  }

  template <class Gone>
  void erase_in_row(std::size_t row, Gone& gone) {
    for (Handle at = rows_[row].first; at != kNone;) {
      const Handle next = nodes_[at].after;
      if (gone(std::as_const(nodes_[at].order))) drop(at, row);
      at = next;
    }
  }

  void drop(Handle handle, std::size_t place) {
    Node& node = nodes_[handle];
    Row& row = rows_[place];
    (node.before == kNone ? row.first : nodes_[node.before].after) = node.after;
    (node.after == kNone ? row.last : nodes_[node.after].before) = node.before;
    if (row.first == kNone)
      rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(place));
    index_->erase(node.order.id);
    node.after = std::exchange(free_, handle);
  }

  Side side_;
  Handle free_ = kNone;
  std::vector<Node> nodes_ = std::vector<Node>(1);  // the first is nobody's: kNone
  std::vector<Row> rows_;                           // worst price first
  std::unique_ptr<book::IdIndex> index_;
};

class OwnOrders {
 public:
  using Queue = OwnQueue;

  [[nodiscard]] Queue& side(Side side) { return side == Side::buy ? bids_ : asks_; }
  [[nodiscard]] const Queue& side(Side side) const {
    return side == Side::buy ? bids_ : asks_;
  }
  [[nodiscard]] bool empty() const { return bids_.empty() && asks_.empty(); }

  OwnOrder& insert(Side on, OwnOrder order) {
    return side(on).insert(std::move(order));
  }
  [[nodiscard]] OwnOrder* find(Side on, OrderId id) { return side(on).find(id); }
  void erase(Side on, OrderId id) { side(on).erase(id); }
  void drop_filled(Side on) {
    side(on).erase_if([](const OwnOrder& order) { return order.left.n == 0; });
  }

 private:
  Queue bids_{Side::buy};
  Queue asks_{Side::sell};
};

}  // namespace ai_trading::venue

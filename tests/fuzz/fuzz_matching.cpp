// Any stream of commands: the engine's promises hold after each of them.
//
// The first byte chooses between commands of small numbers, which meet each other often,
// and raw rows, which hold anything.  Every command is also told to a second engine that
// is asked nothing in between: both end with one hash.  One command takes a snapshot: the
// second engine is thrown away and goes on as a new one that restores it, and a damaged
// copy is refused and changes nothing.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "ai_trading/matching/batch.hpp"
#include "ai_trading/matching/engine.hpp"
#include "fuzzed.hpp"

using namespace ai_trading;
using namespace ai_trading::matching;
using ai_trading::feed::fuzzed::must;

namespace {

// What reports alone say of every order; each is held against the ones before.
struct Ledger : Silent {
  std::map<OrderId, std::int64_t> left;
  std::uint64_t match{};
  bool refused{}, told{};

  void hear() { told = true; }
  std::int64_t& live(OrderId id) {
    const auto found = left.find(id);
    must(found != left.end(), "only live orders are heard of");
    return found->second;
  }
  void end(OrderId id, Lots was) {
    must(live(id) == was.n && was.n > 0, "an order ends with what was left");
    left.erase(id);
  }
  void take(OrderId id, Lots size, Lots after) {
    std::int64_t& rest = live(id);
    rest -= size.n;
    must(rest == after.n && rest >= 0, "trades take what they say");
    if (rest == 0) left.erase(id);
  }
  void standing(const OrderView& o) {
    must(live(o.id) == o.left.n, "an order rests with what is left");
    must(o.shown.n >= 0 && o.shown <= o.left, "no more is shown than is left");
  }

  void accepted(const NewOrder& o) {
    hear();
    must(left.emplace(o.id, o.quantity.n).second, "a live id is not used again");
  }
  void rejected(OrderId, Reject why) {
    must(why != Reject::none && !told, "a refusal comes alone, with a reason");
    refused = true;
  }
  void traded(const Trade& t) {
    hear();
    must(t.match == ++match, "matches are numbered");
    must(t.quantity.n > 0, "a trade has a size");
    take(t.maker, t.quantity, t.maker_left);
    take(t.taker, t.quantity, t.taker_left);
  }
  void rested(const OrderView& o) { hear(), standing(o); }
  void replenished(const OrderView& o) { hear(), standing(o); }
  void triggered(const OrderView& o) { hear(), standing(o); }
  void replaced(const Replaced& r) {
    hear();
    end(r.before.id, r.before.left);
    must(left.emplace(r.id, r.left.n).second, "a live id is not taken over");
  }
  void decremented(const OrderView& o, Lots by) {
    hear();
    standing(o);
    must(by.n > 0 && by < o.left, "who is decremented lives on");
    live(o.id) -= by.n;
  }
  void canceled(const OrderView& o, Gone) { hear(), end(o.id, o.left); }
  void expired(const OrderView& o) { hear(), end(o.id, o.left); }
};

constexpr std::size_t kInstruments = 2;
constexpr int kSnapshot = 32;

class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> all) : all_(all) {}
  [[nodiscard]] bool empty() const { return all_.empty(); }
  std::int64_t below(std::int64_t n) {
    if (all_.empty()) return 0;
    const std::uint8_t byte = all_.front();
    all_ = all_.subspan(1);
    return byte % n;
  }

 private:
  std::span<const std::uint8_t> all_;
};

struct Command {
  int what{};
  NewOrder order;
  Terms terms;
  Change change;
  CancelFilter filter;
  std::int64_t time{}, low{}, high{};
  int state{}, kind{};
  InstrumentSettings settings;
  Account account;
};

Ticks some_price(Bytes& bytes) { return Ticks{90 + bytes.below(21)}; }

void read_terms(Bytes& bytes, Command& c) {
  Terms& t = c.terms;
  const auto size = c.order.quantity.n;
  switch (c.order.type) {
    case OrderType::stop:
    case OrderType::stop_limit:
      t.stop = some_price(bytes);
      t.trigger = static_cast<TriggerOn>(bytes.below(3));
      break;
    case OrderType::trailing_stop:
      t.trail = 1 + bytes.below(200);
      t.trail_by = static_cast<TrailBy>(bytes.below(2));
      t.trigger = static_cast<TriggerOn>(bytes.below(3));
      break;
    case OrderType::iceberg:
      t.display = Lots{1 + bytes.below(size)};
      t.display_random = Lots{bytes.below(t.display.n)};
      break;
    case OrderType::post_only:
      t.slide = bytes.below(2) == 1;
      break;
    case OrderType::pegged:
      t.peg = static_cast<PegTo>(bytes.below(4));
      t.offset = Ticks{bytes.below(5) - 2};
      break;
    default:
      break;
  }
  const std::int64_t more = bytes.below(16);
  if (more == 1) t.all_or_none = true;
  if (more == 2) t.minimum = Lots{bytes.below(size + 1)};
  if (more >= 10) t.self_trade = static_cast<SelfTrade>(more - 10);
  if (c.order.time_in_force == TimeInForce::gtd) t.expire_at = Nanos{bytes.below(64)};
}

Command read(Bytes& bytes) {
  Command c;
  const std::int64_t what = bytes.below(33);
  c.order.instrument = what % 8 == 7 ? 1 : 0;
  c.order.id = static_cast<OrderId>(bytes.below(48));
  if (what < 16) {
    const std::int64_t bits = bytes.below(256);
    c.order.side = bits & 1 ? Side::sell : Side::buy;
    c.order.owner = static_cast<OwnerId>(bits >> 1 & 3);
    c.order.type = static_cast<OrderType>(bytes.below(10));
    c.order.time_in_force = static_cast<TimeInForce>(bits & 128 ? bytes.below(7) : 0);
    c.order.quantity = Lots{bytes.below(13)};
    c.order.price = some_price(bytes);
    if (c.order.quantity.n > 0) read_terms(bytes, c);
    return c;
  }
  c.what = static_cast<int>(what);
  if (what == kSnapshot) {
    c.time = bytes.below(256);
    return c;
  }
  c.change = {c.order.id,
              static_cast<OrderId>(bytes.below(48)),
              some_price(bytes),
              Lots{bytes.below(13)},
              {}};
  if (what % 2 == 0) c.change.new_id = c.change.id;
  if (what == 21) c.change.stop = some_price(bytes);
  const std::int64_t bits = bytes.below(256);
  c.order.owner = static_cast<OwnerId>(bits & 3);
  c.filter = {c.order.owner,
              static_cast<GroupId>(bits >> 2 & 1),
              {},
              static_cast<Side>(bits >> 3 & 1 ? 2 : bits >> 4 & 1)};
  c.time = bits & 63;
  c.low = c.change.price.n;
  c.high = c.low + (bits >> 4) - 1;
  c.state = static_cast<int>(bits % 6);
  c.kind = static_cast<int>(bits >> 6 & 3);
  c.settings = {Ticks{bits & 3}, static_cast<Allocation>(bits >> 2 & 3),
                Lots{bits >> 4 & 3}};
  c.account = {static_cast<GroupId>(bits >> 2 & 1),
               static_cast<SelfTrade>(1 + (bits >> 3 & 7) % 5)};
  return c;
}

template <class Listener>
void tell(Engine<Listener>& engine, const Command& c) {
  const InstrumentIndex on = c.order.instrument;
  if (c.what < 16) {
    if (c.terms == Terms{})
      (void)engine.submit(c.order);
    else
      (void)engine.submit(c.order, c.terms);
  } else if (c.what < 19) {
    (void)engine.cancel(c.order.id);
  } else if (c.what < 23) {
    (void)engine.replace(c.change);
  } else {
    switch (c.what) {
      case 23:
        engine.mass_cancel(c.filter);
        break;
      case 24:
        engine.disconnect(c.order.owner);
        break;
      case 25:
        engine.expire(on);
        break;
      case 26:
        engine.advance(Nanos{c.time});
        break;
      case 27:
        (void)engine.set_bands(on, Ticks{c.low}, Ticks{c.high});
        break;
      case 28:
        (void)engine.clear_bands(on);
        break;
      case 29:
        (void)engine.set_account(c.order.owner, c.account);
        break;
      case 30:
        (void)engine.configure(on, c.settings);
        break;
      default:
        (void)engine.set_state(on, static_cast<TradingState>(c.state),
                               static_cast<AuctionKind>(c.kind));
    }
  }
}

void whole(const Engine<Ledger>& engine, const Ledger& ledger) {
  for (InstrumentIndex i = 0; i < kInstruments; ++i) {
    if (engine.state(i) != TradingState::continuous) continue;
    const auto bid = engine.books().best(i, Side::buy);
    const auto ask = engine.books().best(i, Side::sell);
    must(!bid || !ask || bid->price < ask->price, "the displayed book is not crossed");
  }
  for (const auto& [id, left] : ledger.left) {
    const auto order = engine.order(id);
    must(order && order->left.n == left, "every live order is known, with its rest");
  }
}

// An engine made of the bytes of another.
std::unique_ptr<Engine<>> renewed(const Engine<Ledger>& engine, Silent& nobody,
                                  std::size_t where) {
  std::vector<std::byte> bytes = engine.snapshot();
  auto fresh = std::make_unique<Engine<>>(nobody, kInstruments, 5);
  must(fresh->restore(bytes) == SnapshotError::none, "a snapshot is taken back");
  must(fresh->state_hash() == engine.state_hash(), "what is restored is equal");
  must(fresh->snapshot() == bytes, "and gives the same bytes");
  bytes[where * 131 % bytes.size()] ^= std::byte{0x10};
  must(fresh->restore(bytes) != SnapshotError::none, "damage is seen");
  bytes.resize(where % bytes.size());
  must(fresh->restore(bytes) != SnapshotError::none, "so is a piece");
  must(fresh->state_hash() == engine.state_hash(), "and changes nothing");
  return fresh;
}

void small_commands(std::span<const std::uint8_t> data) {
  Ledger ledger;
  Silent nobody;
  Engine<Ledger> engine(ledger, kInstruments);
  auto quiet = std::make_unique<Engine<>>(nobody, kInstruments);
  Bytes bytes(data);
  while (!bytes.empty()) {
    const Command command = read(bytes);
    const std::uint64_t before = engine.state_hash();
    if (command.what == kSnapshot) {
      quiet = renewed(engine, nobody, static_cast<std::size_t>(command.time));
      continue;
    }
    ledger.refused = ledger.told = false;
    tell(engine, command);
    tell(*quiet, command);
    must(!ledger.refused || engine.state_hash() == before, "refused, nothing changed");
    whole(engine, ledger);
  }
  must(engine.state_hash() == quiet->state_hash(), "the same commands, the same hash");
}

void raw_rows(std::span<const std::uint8_t> data) {
  BatchEngine engine(kInstruments, true);
  std::vector<Request> rows(data.size() / sizeof(Request));
  if (rows.empty()) return;
  std::memcpy(rows.data(), data.data(), rows.size() * sizeof(Request));
  std::vector<Answer> answers;
  engine.apply(rows, answers);
  std::uint32_t last = 0;
  for (const Answer& answer : answers) {
    must(answer.request >= last && answer.request < rows.size(), "answers in order");
    last = answer.request;
  }
  (void)engine.take_feed();
  (void)engine.state_hash();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] % 8 == 0)
    raw_rows(rest);
  else
    small_commands(rest);
  return 0;
}

// Stories of tests/scenarios: how lines become commands, and reports lines.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ai_trading/matching/engine.hpp"

namespace ai_trading::matching {

using Words = std::vector<std::string>;

inline constexpr std::array<std::string_view, 10> kTypes{
    "market",          "limit",   "stop",   "stop_limit", "trailing_stop",
    "market_to_limit", "iceberg", "hidden", "post_only",  "pegged"};
inline constexpr std::array<std::string_view, 7> kTimes{
    "day", "ioc", "gtc", "gtd", "fok", "at_the_open", "at_the_close"};
inline constexpr std::array<std::string_view, 3> kTriggers{"last", "quote", "midpoint"};
inline constexpr std::array<std::string_view, 2> kTrails{"ticks", "basis_points"};
inline constexpr std::array<std::string_view, 4> kPegs{"none", "primary", "midpoint",
                                                       "market"};
inline constexpr std::array<std::string_view, 6> kSelfTrades{
    "inherit", "allow", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"};
inline constexpr std::array<std::string_view, 5> kStates{
    "pre_open", "auction", "continuous", "halted", "closed"};
inline constexpr std::array<std::string_view, 3> kAuctions{"opening", "closing",
                                                           "intraday"};
inline constexpr std::array<std::string_view, 3> kAllocations{"price_time", "pro_rata",
                                                              "price_size_time"};
inline constexpr std::array<std::string_view, 5> kGone{"asked", "unfilled",
                                                       "self_trade", "mass", "band"};
inline constexpr std::array<std::string_view, 3> kPlaces{"kept", "back", "none"};

template <class E, std::size_t N>
E named(const std::array<std::string_view, N>& names, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == word) return static_cast<E>(i);
  throw std::invalid_argument("no such word: " + std::string(word));
}

template <class E, std::size_t N>
std::string name_of(const std::array<std::string_view, N>& names, E value) {
  return std::string(names[static_cast<std::size_t>(value)]);
}

// What the engine reports, as the lines of a story.
struct Teller : Silent {
  std::vector<std::string> lines;

  void say(const std::string& line) { lines.push_back("> " + line); }
  static std::string id(OrderId id) { return ' ' + std::to_string(id); }
  static std::string left(Lots lots) { return ' ' + std::to_string(lots.n); }
  static std::string at(Ticks price) {
    const bool none = price.n == 0 || price.n == kMaxPrice || price.n == -kMaxPrice;
    return none ? "" : " @ " + std::to_string(price.n);
  }
  static std::string shown(Lots all, Lots part) {
    return part == all ? "" : " shown " + std::to_string(part.n);
  }
  static std::string view(const OrderView& o) {
    return id(o.id) + left(o.left) + at(o.price) + shown(o.left, o.shown);
  }

  void accepted(const NewOrder& o) { say("accepted" + id(o.id)); }
  void rejected(OrderId order, Reject why) {
    say("rejected" + id(order) + ' ' + std::string(name(why)));
  }
  void traded(const Trade& t) {
    say("traded" + left(t.quantity) + " @ " + std::to_string(t.price.n) + " maker" +
        id(t.maker) + " taker" + id(t.taker) + (t.auction ? " auction" : ""));
  }
  void rested(const OrderView& o) { say("rested" + view(o)); }
  void replenished(const OrderView& o) { say("replenished" + view(o)); }
  void replaced(const Replaced& r) {
    say("replaced" + id(r.before.id) + (r.id == r.before.id ? "" : " as" + id(r.id)) +
        left(r.left) + at(r.price) + (r.shown.n == 0 ? "" : shown(r.left, r.shown)) +
        ' ' + name_of(kPlaces, r.place));
  }
  void decremented(const OrderView& o, Lots by) {
    say("decremented" + id(o.id) + " by" + left(by));
  }
  void triggered(const OrderView& o) { say("triggered" + id(o.id)); }
  void canceled(const OrderView& o, Gone why) {
    say("canceled" + id(o.id) + left(o.left) + ' ' + name_of(kGone, why));
  }
  void expired(const OrderView& o) { say("expired" + id(o.id) + left(o.left)); }
  void state_changed(const StateChange& c) {
    const bool auction = c.state == TradingState::auction;
    say("state " + name_of(kStates, c.state) +
        (auction ? ' ' + name_of(kAuctions, c.auction) : ""));
  }
  void indicative(const Indicative& i) {
    say("indicative" + left(i.volume) + at(i.price) + " imbalance" + left(i.imbalance));
  }
};

// Everything that words after a command may say.
struct Said {
  NewOrder order;
  Terms terms;
  Change change;
  GroupId group{};
  InstrumentSettings settings;
  bool instrument{}, priced{}, stop{};
};

// Tells lines to an engine, or to a market that takes the same commands.
template <class Venue, class Heard = Teller>
class Story {
 public:
  Story(Venue& engine, Heard& teller) : engine_(engine), teller_(teller) {}

  // The lines as the engine tells them; `own(words)` takes those that are not its.
  template <class Own>
  std::vector<std::string> retell(const std::vector<std::string>& lines, Own&& own) {
    std::vector<std::string> out;
    for (const std::string& line : lines) {
      if (line.starts_with('>')) continue;
      out.push_back(line);
      if (line.empty() || line.starts_with('#')) continue;
      std::istringstream stream(line);
      const Words words{std::istream_iterator<std::string>(stream), {}};
      if (words[0] == "book") {
        out.back() = book(words);
        continue;
      }
      teller_.lines.clear();
      if (!own(words)) tell(words);
      out.insert(out.end(), teller_.lines.begin(), teller_.lines.end());
    }
    return out;
  }
  std::vector<std::string> retell(const std::vector<std::string>& lines) {
    return retell(lines, [](const Words&) { return false; });
  }

 private:
  static std::int64_t number(const std::string& word) { return std::stoll(word); }

  static Said listen(const Words& words, std::size_t from) {
    Said said;
    for (std::size_t i = from; i < words.size(); ++i) {
      const std::string& word = words[i];
      const auto next = [&]() -> const std::string& { return words.at(++i); };
      const auto lots = [&] { return Lots{number(next())}; };
      if (word == "all_or_none")
        said.terms.all_or_none = true;
      else if (word == "slide")
        said.terms.slide = true;
      else if (word == "buy")
        said.order.side = Side::buy;
      else if (word == "sell")
        said.order.side = Side::sell;
      else if (word == "@")
        said.order.price = Ticks{number(next())}, said.priced = true;
      else if (word == "stop")
        said.terms.stop = Ticks{number(next())}, said.stop = true;
      else if (word == "owner")
        said.order.owner = static_cast<OwnerId>(lots().n);
      else if (word == "group")
        said.group = static_cast<GroupId>(lots().n);
      else if (word == "display")
        said.terms.display = lots();
      else if (word == "display_random")
        said.terms.display_random = lots();
      else if (word == "minimum")
        said.terms.minimum = lots();
      else if (word == "trail")
        said.terms.trail = lots().n;
      else if (word == "offset")
        said.terms.offset = Ticks{lots().n};
      else if (word == "increment")
        said.settings.increment = Ticks{lots().n};
      else if (word == "least")
        said.settings.least_share = lots();
      else if (word == "trigger")
        said.terms.trigger = named<TriggerOn>(kTriggers, next());
      else if (word == "trail_by")
        said.terms.trail_by = named<TrailBy>(kTrails, next());
      else if (word == "peg")
        said.terms.peg = named<PegTo>(kPegs, next());
      else if (word == "self_trade")
        said.terms.self_trade = named<SelfTrade>(kSelfTrades, next());
      else if (word == "allocation")
        said.settings.allocation = named<Allocation>(kAllocations, next());
      else if (word == "instrument")
        said.order.instrument = static_cast<InstrumentIndex>(lots().n),
        said.instrument = true;
      else
        said.order.time_in_force = named<TimeInForce>(kTimes, word);
      if (word == "gtd") said.terms.expire_at = Nanos{number(next())};
    }
    return said;
  }

  void tell(const Words& words) {
    const std::string& verb = words[0];
    if (std::isdigit(static_cast<unsigned char>(verb[0]))) return submit(words);
    if (verb == "cancel") return void(engine_.cancel(id(words.at(1))));
    if (verb == "replace") return replace(words);
    if (verb == "mass_cancel") {
      const Said said = listen(words, 1);
      CancelFilter filter{said.order.owner, said.group, {}, said.order.side};
      if (said.instrument) filter.instrument = said.order.instrument;
      return void(engine_.mass_cancel(filter));
    }
    if (verb == "disconnect")
      return void(engine_.disconnect(static_cast<OwnerId>(number(words.at(1)))));
    if (verb == "clock") return void(engine_.advance(Nanos{number(words.at(1))}));
    if (verb == "account") {
      const Said said = listen(words, 2);
      Account account{said.group, SelfTrade::allow};
      if (said.terms.self_trade != SelfTrade::inherit)
        account.self_trade = said.terms.self_trade;
      const auto owner = static_cast<OwnerId>(number(words.at(1)));
      return void(engine_.set_account(owner, account));
    }
    if (verb == "expire") return void(engine_.expire(on(words, 1)));
    if (verb == "snapshot") {
      const auto bytes = engine_.snapshot();
      const std::uint64_t hash = engine_.state_hash();
      if (static_cast<int>(engine_.restore(bytes)) != 0 ||
          engine_.state_hash() != hash || engine_.snapshot() != bytes)
        throw std::logic_error("a snapshot must restore what it was taken of");
      return;
    }
    if constexpr (requires { engine_.clear_bands(0); }) {
      if (set_rules(words)) return;
    }
    throw std::invalid_argument("no such line: " + verb);
  }

  bool set_rules(const Words& words) {
    const std::string& verb = words[0];
    if (verb == "state") {
      const auto state = named<TradingState>(kStates, words.at(1));
      const bool auction = state == TradingState::auction;
      const auto kind =
          auction ? named<AuctionKind>(kAuctions, words.at(2)) : AuctionKind::intraday;
      (void)engine_.set_state(on(words, auction ? 3 : 2), state, kind);
    } else if (verb == "bands") {
      (void)engine_.set_bands(on(words, 3), Ticks{number(words.at(1))},
                              Ticks{number(words.at(2))});
    } else if (verb == "clear_bands") {
      (void)engine_.clear_bands(on(words, 1));
    } else if (verb == "reference") {
      (void)engine_.set_reference(on(words, 2), Ticks{number(words.at(1))});
    } else if (verb == "configure") {
      const Said said = listen(words, 1);
      (void)engine_.configure(said.order.instrument, said.settings);
    } else {
      return false;
    }
    return true;
  }

  static OrderId id(const std::string& word) { return std::stoull(word); }
  static InstrumentIndex on(const Words& words, std::size_t from) {
    return listen(words, from).order.instrument;
  }

  void submit(const Words& words) {
    Said said = listen(words, 4);
    said.order.id = id(words[0]);
    said.order.side = words.at(1) == "buy" ? Side::buy : Side::sell;
    said.order.quantity = Lots{number(words.at(2))};
    said.order.type = named<OrderType>(kTypes, words.at(3));
    if (said.order.type == OrderType::pegged && !said.priced)
      said.order.price = Ticks{said.order.side == Side::buy ? kMaxPrice : -kMaxPrice};
    if (said.terms == Terms{})
      (void)engine_.submit(said.order);
    else
      (void)engine_.submit(said.order, said.terms);
  }

  void replace(const Words& words) {
    const bool renamed = words.at(2) == "as";
    const std::size_t quantity = renamed ? 4 : 2;
    const Said said = listen(words, quantity + 1);
    Change change{id(words.at(1)),
                  id(words.at(renamed ? 3 : 1)),
                  said.order.price,
                  Lots{number(words.at(quantity))},
                  {}};
    if (said.stop) change.stop = said.terms.stop;
    (void)engine_.replace(change);
  }

  std::string book(const Words& words) const {
    InstrumentIndex instrument = 0;
    std::string tail;
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if (words[i] != "instrument") continue;
      instrument = static_cast<InstrumentIndex>(number(words[i + 1]));
      tail = " instrument " + words[i + 1];
    }
    std::string line = "book";
    for (const Side side : {Side::buy, Side::sell}) {
      if (side == Side::sell) line += " |";
      bool first = true;
      engine_.books().for_each(instrument, side, [&](const auto& order) {
        line += (first ? " " : ", ") + std::to_string(order.price.n) + ' ' +
                std::to_string(order.left.n);
        first = false;
        return true;
      });
    }
    return line + tail;
  }

  Venue& engine_;
  Heard& teller_;
};

inline std::vector<std::filesystem::path> stories_in(
    const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& story) {
  std::ifstream file(story);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace ai_trading::matching

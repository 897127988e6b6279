// A backtest in C++ alone, with a strategy loaded from its library.
#include <ai_trading/sim/crew.hpp>
#include <ai_trading/sim/event_session.hpp>
#include <ai_trading/sim/plugin.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <vector>

namespace sim = ai_trading::sim;
using ai_trading::feed::Event;
using ai_trading::feed::EventKind;

// Bids and offers that come and go around 100.00, a microsecond apart.
std::vector<Event> market(std::size_t count) {
  std::vector<Event> events;
  std::vector<Event> live;
  std::uint64_t state = 1;
  const auto draw = [&state](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  };
  for (std::uint64_t i = 1; i <= count; ++i) {
    Event event{};
    if (live.size() > 200) {
      const std::size_t at = draw(live.size());
      event = live[at];
      live[at] = live.back();
      live.pop_back();
      const bool trades = draw(2) == 0;
      event.kind =
          static_cast<std::uint8_t>(trades ? EventKind::execute : EventKind::remove);
    } else {
      event.kind = static_cast<std::uint8_t>(EventKind::add);
      event.side = static_cast<std::uint8_t>(draw(2));
      event.order_id = i;
      const auto away = static_cast<std::int64_t>(1 + draw(8));
      event.price = 10'000 + (event.side == 0 ? -away : away);
      event.quantity = static_cast<std::int64_t>(100 * (1 + draw(9)));
      live.push_back(event);
    }
    event.timestamp = static_cast<std::int64_t>(i * 1'000);
    events.push_back(event);
  }
  return events;
}

struct Outcome {
  std::size_t orders{}, fills{};
  std::uint64_t hash{};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Runs whatever `board` puts into the crew.
template <class Board>
Outcome run(const std::vector<Event>& events, Board&& board) {
  ai_trading::Instrument instrument;
  instrument.tick_nano = 10'000'000;  // 0.01
  sim::Settings settings;
  settings.cash = ai_trading::from_nano(1'000'000 * ai_trading::kNano);
  settings.latency = {{}, {2'000}, {2'000}};  // two events to the venue, two back
  settings.limits = {ai_trading::risk::Limits{}};

  sim::OrderSession session({instrument}, settings, {});
  sim::Crew crew(session, {"ACME"});
  board(crew);
  session.feed(events);
  session.finish_feed();
  while (session.run(1 << 16, crew) == sim::Progress::more) {
  }
  return {session.desk().orders().size(), session.desk().fills().size(),
          session.state_hash()};
}

int main(int count, char** arguments) try {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s library.so\n", arguments[0]);
    return 2;
  }
  const auto events = market(200'000);

  const sim::Plugin library = sim::Plugin::load(arguments[1]);
  const std::vector<sim::Parameter> given{{"size", std::int64_t{200}}};
  const sim::PluginStrategy loaded = library.make(given);
  const Outcome one = run(events, [&](sim::Crew& crew) {
    crew.seat(0, library.name(), loaded.calls(), loaded.self());
  });
  // Run it again, as another run would: a new one from the library.
  const sim::PluginStrategy again = library.make(given);
  const Outcome two = run(events, [&](sim::Crew& crew) {
    crew.seat(0, library.name(), again.calls(), again.self());
  });
  std::printf("%s: %zu orders, %zu fills, state %016llx\n", library.name().c_str(),
              one.orders, one.fills, static_cast<unsigned long long>(one.hash));
  return one.fills > 0 && one == two ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}

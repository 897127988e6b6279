// A strategy that fails where it is told to.
#include <stdexcept>

#include "ai_trading/sim/strategy.hpp"

class Fails final : public ai_trading::sim::Strategy {
 public:
  explicit Fails(const Parameters& given) : how_(given.text("how", "throw")) {
    if (how_ == "make") throw std::runtime_error("it will not be made");
  }
  void on_quote(const ai_trading::feed::Quote& quote) override {
    if (how_ == "throw") throw std::runtime_error("on purpose");
    if (how_ == "instrument") (void)buy(quote.instrument + 7, {1});
    if (how_ == "int") throw 7;
  }

 private:
  std::string how_;
};

AI_TRADING_STRATEGY(Fails)

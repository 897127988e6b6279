// The smallest program that needs the installed headers and the installed library.
#include <cstdio>

#include "ai_trading/base/units.hpp"
#include "ai_trading/book/books.hpp"

int main() {
  using namespace ai_trading;

  // One instrument, number 0, with prices in ticks of 0.0001 and quantities in shares.
  book::Books books(1);
  const Ticks price{1'502'500};
  for (const OrderId id : {OrderId{1}, OrderId{2}})
    if (books.add(0, id, Side::buy, price, Lots{300}) != Reject::none) return 1;
  if (books.execute(1, Lots{100}) != Reject::none) return 1;

  const auto bid = books.best(0, Side::buy);
  const auto place = books.queue_position(2);
  if (!bid || !place) return 1;
  std::printf("bid %.2f x %lld, %lld ahead of order 2\n",
              static_cast<double>(bid->price.n) / 1e4,
              static_cast<long long>(bid->quantity.n),
              static_cast<long long>(place->quantity_ahead.n));
  return bid->quantity == Lots{500} && place->quantity_ahead == Lots{200} ? 0 : 1;
}

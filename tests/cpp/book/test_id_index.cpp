#include "ai_trading/book/id_index.hpp"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace ai_trading::book {
namespace {

class Twin {
 public:
  void insert(OrderId id) {
    index.insert(id, ++handle_);
    plain[id] = handle_;
  }
  void erase(OrderId id) {
    index.erase(id);
    plain.erase(id);
  }
  void expect_same(const std::vector<OrderId>& ids) const {
    for (const OrderId id : ids) {
      const auto at = plain.find(id);
      ASSERT_EQ(index.find(id), at == plain.end() ? kNone : at->second) << id;
    }
  }

  IdIndex index;
  std::unordered_map<OrderId, Handle> plain;

 private:
  Handle handle_{};
};

TEST(IdIndex, OpeningAPageKeepsWhatWasHashedBefore) {
  Twin twin;
  const std::size_t before = twin.index.bytes();
  std::vector<OrderId> ids;
  // Ids of three ranges, of which one earns its page on the way.
  for (std::size_t i = 0; i < IdIndex::kInsertsPerPage + 500; ++i) {
    ids.push_back(IdIndex::kPageSize * 5 + i * 3);
    if (i % 7 == 0) ids.push_back(IdIndex::kPageSize * 9 + i);
    if (i % 11 == 0) ids.push_back((OrderId{1} << 62) + i * 977);
  }

  for (std::size_t i = 0; i < ids.size(); ++i) {
    twin.insert(ids[i]);
    if (i % 5 == 4) twin.erase(ids[i - 2]);
  }

  twin.expect_same(ids);
  EXPECT_GE(twin.index.bytes() - before, IdIndex::kPageSize * sizeof(Handle));
}

TEST(IdIndex, RefilledRunsOfTheHashTableLoseNothing) {
  Twin twin;
  std::mt19937_64 rng{11};
  std::vector<OrderId> ids(3000);
  for (OrderId& id : ids) id = (rng() | (OrderId{1} << 63));

  // Long runs form and are torn open again and again.
  for (int step = 0; step < 60'000; ++step) {
    const OrderId id = ids[rng() % ids.size()];
    if (twin.plain.contains(id)) {
      twin.erase(id);
    } else {
      twin.insert(id);
    }
    if (step % 2000 == 0) twin.expect_same(ids);
  }

  twin.expect_same(ids);
}

TEST(IdIndex, MemoryStaysWithinItsBoundPerInsertion) {
  IdIndex index;
  std::size_t inserted = 0;
  // The worst input: every range gets just what opens its page.
  for (OrderId page = 0; page < 4; ++page) {
    for (std::size_t i = 0; i < IdIndex::kInsertsPerPage; ++i) {
      index.insert(page * IdIndex::kPageSize + i, 1);
      ++inserted;
    }
  }

  EXPECT_LE(index.bytes(), inserted * (IdIndex::kBytesPerInsert + 64));
}

TEST(IdIndex, IsEmptyAfterClear) {
  Twin twin;
  std::vector<OrderId> ids;
  for (OrderId id = 0; id < IdIndex::kInsertsPerPage + 5; ++id) ids.push_back(id);
  for (const OrderId id : ids) twin.insert(id);

  twin.index.clear();
  twin.plain.clear();

  twin.expect_same(ids);
}

}  // namespace
}  // namespace ai_trading::book

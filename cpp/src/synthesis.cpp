#include "faceflow/synthesis.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "clones.hpp"
#include "facets.hpp"

namespace faceflow {
namespace {

// Four pixels, (u, v) each. GCC and clang lower it to what the processor has.
using Block = float __attribute__((vector_size(32)));
constexpr std::int32_t kBlockPixels = 4;
constexpr std::int32_t kHeadPixels = 4 * kBlockPixels;

// A facet that crosses the current row.
struct Crossing {
  std::size_t at;  // its row in the facets' tables
  Flow step;       // flow from a column to the next
  std::int32_t facet;
  std::int32_t bottom;  // row after the facet's last
  std::int32_t careful;
};

struct Row {
  float* flow;          // width x (u, v)
  std::uint8_t* valid;  // width, or null
  std::int32_t index;
  std::int32_t width;
  float fill;
};

// What a sweep down the rows carries along.
struct Sweep {
  std::vector<Crossing> crossings;    // of this row, in the order of the row above
  std::size_t count = 0;              // of them
  std::vector<std::int32_t> endings;  // row -> how many facets end above it
  std::vector<std::int32_t> owner;    // column -> crossing, or -1; only where facets overlap
};

// ---- pieces of a row ------------------------------------------------------------------------

FACEFLOW_INLINE void put(float* out, const Block& block) { std::memcpy(out, &block, sizeof block); }

// The same two floats four times.
FACEFLOW_INLINE void repeat(Flow flow, Block& block) {
  double packed;
  std::memcpy(&packed, &flow, sizeof packed);
  using Packed = double __attribute__((vector_size(32)));
  block = reinterpret_cast<Block>(Packed{packed, packed, packed, packed});
}

FACEFLOW_INLINE void write_outside(const Row row, std::int32_t begin, std::int32_t end) {
  float* out = row.flow + 2 * static_cast<std::ptrdiff_t>(begin);
  float* const last = row.flow + 2 * static_cast<std::ptrdiff_t>(end);
  if (last - out < 8) {
    std::fill(out, last, row.fill);
    return;
  }
  // Stores that straddle two cache lines would halve the speed, so all but the ends are aligned.
  const Block block = row.fill - Block{};
  put(out, block);
  out += 8 - (reinterpret_cast<std::uintptr_t>(out) / sizeof(float)) % 8;
  for (; last - out >= 32; out += 32)
    for (int i = 0; i < 32; i += 8) put(out + i, block);
  for (; last - out >= 8; out += 8) put(out, block);
  put(last - 8, block);
}

// flow(begin + i) = start + i step. What is written past `end`, to spare short spans a scalar
// tail, lies within the row and is covered by the next write.
FACEFLOW_INLINE void write_affine(const Row row, std::int32_t begin, std::int32_t end, Flow start,
                                  Flow step) {
  Block base, slope;
  repeat(start, base);
  repeat(step, slope);
  constexpr Block kOffset = {0, 0, 1, 1, 2, 2, 3, 3};
  float* out = row.flow + 2 * static_cast<std::ptrdiff_t>(begin);
  std::int32_t i = 0;
  if (begin + kHeadPixels <= row.width) {
    put(out, base + slope * kOffset);
    put(out + 8, base + slope * (kOffset + 4.0F));
    put(out + 16, base + slope * (kOffset + 8.0F));
    put(out + 24, base + slope * (kOffset + 12.0F));
    i = kHeadPixels;
  }
  const std::int32_t length = end - begin;
  for (; i < length && begin + i + kBlockPixels <= row.width; i += kBlockPixels)
    put(out + 2 * static_cast<std::ptrdiff_t>(i), base + slope * (kOffset + static_cast<float>(i)));
  for (; i < length; ++i) {
    out[2 * i] = start.u + step.u * static_cast<float>(i);
    out[2 * i + 1] = start.v + step.v * static_cast<float>(i);
  }
}

// ---- a row of disjoint facets in order: the common case -------------------------------------

// False where a span begins before the last one ended, that is where facets are out of order or
// overlap, or where one needs care; then the row has to be written another way.
FACEFLOW_INLINE bool write_ordered(const Row row, const Facets& facets, const Sweep& sweep) {
  // Copies, as the compiler must take it that any store through `row.flow` changes the originals.
  const std::int32_t* const begins = facets.begins.data();
  const std::int32_t* const ends = facets.ends.data();
  const Flow* const starts = facets.starts.data();
  const Crossing* crossing = sweep.crossings.data();
  const Crossing* const last = crossing + sweep.count;
  std::int32_t cursor = 0;
  for (; crossing != last; ++crossing) {
    const std::size_t at = crossing->at;
    const std::int32_t begin = begins[at];
    const std::int32_t end = ends[at];
    if (begin >= end) continue;
    if ((begin < cursor) | crossing->careful) return false;
    if (cursor < begin) write_outside(row, cursor, begin);
    write_affine(row, begin, end, starts[at], crossing->step);
    cursor = end;
  }
  if (cursor < row.width) write_outside(row, cursor, row.width);
  return true;
}

// ---- any row --------------------------------------------------------------------------------

// The displacement of a pixel by its barycentric weights, which are correct to the last bits.
Flow interpolate(const Facet& facet, Point p) {
  const auto [a, b, c] = facet.corners;
  const double wa = doubled_area(p, b->at, c->at);
  const double wb = doubled_area(a->at, p, c->at);
  const double wc = doubled_area(a->at, b->at, p);
  const Pair flow = ((a->displacement * wa + b->displacement * wb) + c->displacement * wc) /
                    ((wa + wb) + wc);
  return {static_cast<float>(flow[0]), static_cast<float>(flow[1])};
}

// Gives each pixel to the first facet in the list that covers it, and writes pixel by pixel.
void write_any(const Row& row, const Facets& facets, Sweep& sweep) {
  sweep.owner.assign(static_cast<std::size_t>(row.width), -1);
  for (std::size_t n = 0; n < sweep.count; ++n) {
    const Crossing& crossing = sweep.crossings[n];
    for (std::int32_t x = facets.begins[crossing.at]; x < facets.ends[crossing.at]; ++x) {
      std::int32_t& owner = sweep.owner[x];
      if (owner < 0 || crossing.facet < sweep.crossings[owner].facet)
        owner = static_cast<std::int32_t>(n);
    }
  }
  for (std::int32_t x = 0; x < row.width; ++x) {
    Flow flow{row.fill, row.fill};
    if (sweep.owner[x] >= 0) {
      const Crossing& crossing = sweep.crossings[sweep.owner[x]];
      const auto i = static_cast<float>(x - facets.begins[crossing.at]);
      const Flow start = facets.starts[crossing.at];
      flow = crossing.careful != 0
                 ? interpolate(facets.list[crossing.facet], {x * kGrid, row.index * kGrid})
                 : Flow{start.u + crossing.step.u * i, start.v + crossing.step.v * i};
    }
    std::memcpy(row.flow + 2 * static_cast<std::ptrdiff_t>(x), &flow, sizeof flow);
  }
}

void write_valid(const Row& row, const Facets& facets, const Sweep& sweep) {
  std::memset(row.valid, 0, static_cast<std::size_t>(row.width));
  for (std::size_t n = 0; n < sweep.count; ++n) {
    const std::size_t at = sweep.crossings[n].at;
    const std::int32_t length = facets.ends[at] - facets.begins[at];
    if (length > 0)
      std::memset(row.valid + facets.begins[at], 1, static_cast<std::size_t>(length));
  }
}

// ---- down the rows --------------------------------------------------------------------------

// Orders the crossings from number `first` on among those before them, by where they begin.
void sort_crossings(const Facets& facets, std::size_t first, Sweep& sweep) {
  Crossing* const list = sweep.crossings.data();
  for (std::size_t n = first; n < sweep.count; ++n) {
    const Crossing crossing = list[n];
    const std::int32_t begin = facets.begins[crossing.at];
    std::size_t place = n;
    for (; place > 0 && facets.begins[list[place - 1].at] > begin; --place)
      list[place] = list[place - 1];
    list[place] = crossing;
  }
}

// Moves on to row `row`: steps each crossing down, takes out the facets that ended, adds those that
// begin.
FACEFLOW_INLINE void next_row(Facets& facets, std::int32_t row, Sweep& sweep) {
  Crossing* const list = sweep.crossings.data();
  if (sweep.endings[row] == 0) {
    for (std::size_t n = 0; n < sweep.count; ++n) ++list[n].at;
  } else {
    std::size_t kept = 0;
    for (std::size_t n = 0; n < sweep.count; ++n) {
      if (list[n].bottom <= row) continue;
      list[kept] = list[n];
      ++list[kept++].at;
    }
    sweep.count = kept;
  }
  if (facets.first_in_row[row] < 0) return;
  const std::size_t carried = sweep.count;
  for (std::int32_t i = facets.first_in_row[row]; i >= 0; i = facets.next_in_row[i]) {
    const Facet& facet = facets.list[i];
    list[sweep.count++] = {facet.spans, facets.trace(facet), i, facet.bottom,
                           facet.careful ? 1 : 0};
  }
  sort_crossings(facets, carried, sweep);
}

void start_sweep(const Facets& facets, std::size_t height, Sweep& sweep) {
  sweep.count = 0;
  if (sweep.crossings.size() < facets.list.size()) sweep.crossings.resize(facets.list.size());
  sweep.endings.assign(height + 1, 0);
  for (const Facet& facet : facets.list) ++sweep.endings[facet.bottom];
}

FACEFLOW_CLONES
void write_rows(Facets& facets, Row row, std::size_t height, Sweep& sweep) {
  for (std::size_t y = 0; y < height; ++y) {
    row.index = static_cast<std::int32_t>(y);
    next_row(facets, row.index, sweep);
    if (!write_ordered(row, facets, sweep)) {
      sort_crossings(facets, 1, sweep);
      if (!write_ordered(row, facets, sweep)) write_any(row, facets, sweep);
    }
    row.flow += 2 * static_cast<std::ptrdiff_t>(row.width);
    if (row.valid == nullptr) continue;
    write_valid(row, facets, sweep);
    row.valid += row.width;
  }
}

}  // namespace

void synthesize(const PairsView& pairs, const FieldsView& fields) {
  const std::size_t pixels = fields.height * fields.width;
  Facets facets;
  Sweep sweep;
  for (std::size_t pair = 0; pair < pairs.pairs; ++pair) {
    facets.prepare(pairs, pair, fields.height, fields.width);
    start_sweep(facets, fields.height, sweep);
    const Row first{fields.flow + pair * pixels * 2,
                    fields.valid == nullptr ? nullptr : fields.valid + pair * pixels, 0,
                    static_cast<std::int32_t>(fields.width), fields.fill};
    write_rows(facets, first, fields.height, sweep);
  }
}

void flipped_triangles(const PairsView& pairs, std::uint8_t* flipped) {
  for (std::size_t pair = 0; pair < pairs.pairs; ++pair) {
    const double* source = pairs.source + pair * pairs.points * 2;
    const double* target = pairs.target + pair * pairs.points * 2;
    const auto turn = [&](const double* at, const std::int32_t* t) {
      const auto corner = [&](int i) { return snap(at[2 * t[i]], at[2 * t[i] + 1]); };
      return orientation(corner(0), corner(1), corner(2));
    };
    for (std::size_t i = 0; i < pairs.triangle_count; ++i) {
      const std::int32_t* triangle = pairs.triangles + 3 * i;
      *flipped++ = turn(source, triangle) * turn(target, triangle) < 0;
    }
  }
}

}  // namespace faceflow

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
constexpr std::ptrdiff_t kBlockPixels = 4;
constexpr std::ptrdiff_t kHeadPixels = 4 * kBlockPixels;

// What a sweep down the rows carries along.
struct Sweep {
  std::vector<Facet*> crossings;      // facets on this row, in the order of the row above
  std::size_t count = 0;              // of them
  std::size_t careful = 0;            // how many of them need care
  std::vector<std::int32_t> endings;  // row -> how many facets end above it
  std::vector<const Facet*> owner;    // column -> facet, or null; only where facets overlap
};

struct Image {
  float* flow;          // pixels x (u, v)
  std::uint8_t* valid;  // pixels, or null
  std::ptrdiff_t pixels;
  std::ptrdiff_t width;
  float fill;
};

// How far the image is written, counting its pixels row after row. What lies outside the triangles
// at the end of a row is written together with the next row's beginning.
struct Progress {
  std::ptrdiff_t flow = 0;   // pixels written
  std::ptrdiff_t valid = 0;  // of the mask; those from here to `flow` are all covered
};

// ---- pieces of a row ------------------------------------------------------------------------

FACEFLOW_INLINE void put(float* out, const Block& block) {
  std::memcpy(out, &block, sizeof block);
}

// The same two floats four times.
FACEFLOW_INLINE void repeat(const Flow& flow, Block& block) {
  double packed;
  std::memcpy(&packed, &flow, sizeof packed);
  using Packed = double __attribute__((vector_size(32)));
  block = reinterpret_cast<Block>(Packed{packed, packed, packed, packed});
}

FACEFLOW_INLINE void fill_flow(float* out, float* last, float fill) {
  if (last - out < 8) {
    std::fill(out, last, fill);
    return;
  }
  // Stores that straddle two cache lines would halve the speed, so all but the ends are aligned.
  const Block block = fill - Block{};
  put(out, block);
  out += 8 - (reinterpret_cast<std::uintptr_t>(out) / sizeof(float)) % 8;
  for (; last - out >= 32; out += 32)
    for (int i = 0; i < 32; i += 8) put(out + i, block);
  for (; last - out >= 8; out += 8) put(out, block);
  put(last - 8, block);
}

FACEFLOW_INLINE void mark_covered(const Image image, Progress& done) {
  if (image.valid == nullptr) return;
  std::memset(image.valid + done.valid, 1, static_cast<std::size_t>(done.flow - done.valid));
  done.valid = done.flow;
}

// Writes the pixels from where the image is written to `end`, which no triangle covers.
FACEFLOW_INLINE void write_outside(const Image image, std::ptrdiff_t end, Progress& done) {
  fill_flow(image.flow + 2 * done.flow, image.flow + 2 * end, image.fill);
  if (image.valid != nullptr) {
    mark_covered(image, done);
    std::memset(image.valid + done.flow, 0, static_cast<std::size_t>(end - done.flow));
    done.valid = end;
  }
  done.flow = end;
}

// flow(begin + i) = start + i step. What is written past `end`, to spare short spans a scalar
// tail, lies within the image and is covered by the next write.
FACEFLOW_INLINE void write_affine(const Image image, std::ptrdiff_t begin, std::ptrdiff_t end,
                                  const Flow& start, const Flow& step) {
  float* const out = image.flow + 2 * begin;
  const std::ptrdiff_t length = end - begin;
  if (end + kHeadPixels > image.pixels) {
    for (std::ptrdiff_t i = 0; i < length; ++i) {
      out[2 * i] = start.u + step.u * static_cast<float>(i);
      out[2 * i + 1] = start.v + step.v * static_cast<float>(i);
    }
    return;
  }
  Block base, slope;
  repeat(start, base);
  repeat(step, slope);
  constexpr Block kOffset = {0, 0, 1, 1, 2, 2, 3, 3};
  put(out, base + slope * kOffset);
  put(out + 8, base + slope * (kOffset + 4.0F));
  put(out + 16, base + slope * (kOffset + 8.0F));
  put(out + 24, base + slope * (kOffset + 12.0F));
  for (std::ptrdiff_t i = kHeadPixels; i < length; i += kBlockPixels)
    put(out + 2 * i, base + slope * (kOffset + static_cast<float>(i)));
}

// ---- a row of disjoint facets in order: the common case -------------------------------------

// False where a span begins before the last one ended, that is where facets are out of order or
// overlap; then the row has to be written another way.
FACEFLOW_INLINE bool write_ordered(const Image image, std::ptrdiff_t row, const Facets& facets,
                                   const Sweep& sweep, Progress& done) {
  const std::ptrdiff_t origin = row * image.width;
  const auto y = static_cast<double>(row);
  const std::int32_t* const begins = facets.begins.data() + row;
  const std::int32_t* const ends = facets.ends.data() + row;
  const Facet* const* crossing = sweep.crossings.data();
  const Facet* const* const last = crossing + sweep.count;
  for (; crossing != last; ++crossing) {
    const Facet& facet = **crossing;
    const std::int32_t left = begins[facet.rows];
    const std::int32_t right = ends[facet.rows];
    if (left >= right) continue;
    const std::ptrdiff_t begin = origin + left;
    if (begin != done.flow) {
      if (begin < done.flow) return false;
      write_outside(image, begin, done);
    }
    done.flow = origin + right;
    write_affine(image, begin, done.flow, facet.plane.at(left, y), facet.plane.step);
  }
  return true;
}

// Makes the image written up to the row, and no further.
FACEFLOW_INLINE void return_to(const Image image, std::ptrdiff_t row, Progress& done) {
  const std::ptrdiff_t origin = row * image.width;
  if (done.flow < origin) write_outside(image, origin, done);
  done.flow = origin;
  done.valid = std::min(done.valid, origin);
}

// ---- any row --------------------------------------------------------------------------------

// The displacement of a pixel by its barycentric weights, which are correct to the last bits.
Flow interpolate(const Facet& facet, Point p) {
  const auto [a, b, c] = facet.corners;
  const double wa = doubled_area(p, b->at, c->at);
  const double wb = doubled_area(a->at, p, c->at);
  const double wc = doubled_area(a->at, b->at, p);
  const Pair flow =
      ((a->displacement * wa + b->displacement * wb) + c->displacement * wc) / ((wa + wb) + wc);
  return {static_cast<float>(flow[0]), static_cast<float>(flow[1])};
}

// Gives each pixel to the first facet in the list that covers it, and writes pixel by pixel.
void write_any(const Image& image, std::ptrdiff_t row, const Facets& facets, Sweep& sweep) {
  sweep.owner.assign(static_cast<std::size_t>(image.width), nullptr);
  for (std::size_t n = 0; n < sweep.count; ++n) {
    const Facet* const facet = sweep.crossings[n];
    for (std::int32_t x = facets.begins[facet->rows + row]; x < facets.ends[facet->rows + row]; ++x)
      if (sweep.owner[x] == nullptr || facet < sweep.owner[x]) sweep.owner[x] = facet;
  }
  const auto y = static_cast<double>(row);
  for (std::int32_t x = 0; x < image.width; ++x) {
    Flow flow{image.fill, image.fill};
    if (const Facet* const facet = sweep.owner[x]) {
      const std::int32_t begin = facets.begins[facet->rows + row];
      const auto i = static_cast<float>(x - begin);
      const Flow start = facet->plane.at(begin, y);
      const Flow step = facet->plane.step;
      flow = facet->careful ? interpolate(*facet, {x * kGrid, y * kGrid})
                            : Flow{start.u + step.u * i, start.v + step.v * i};
    }
    const std::ptrdiff_t at = row * image.width + x;
    std::memcpy(image.flow + 2 * at, &flow, sizeof flow);
    if (image.valid != nullptr) image.valid[at] = sweep.owner[x] != nullptr;
  }
}

// ---- down the rows --------------------------------------------------------------------------

// Orders the crossings from number `first` on among those before them, by where they begin.
void sort_crossings(const Facets& facets, std::ptrdiff_t row, std::size_t first, Sweep& sweep) {
  const std::int32_t* const begins = facets.begins.data() + row;
  Facet** const list = sweep.crossings.data();
  for (std::size_t n = first; n < sweep.count; ++n) {
    Facet* const facet = list[n];
    const std::int32_t begin = begins[facet->rows];
    std::size_t place = n;
    for (; place > 0 && begins[list[place - 1]->rows] > begin; --place)
      list[place] = list[place - 1];
    list[place] = facet;
  }
}

// Takes out the facets that ended above the row.
void drop_ended(std::int32_t row, Sweep& sweep) {
  Facet** const list = sweep.crossings.data();
  std::size_t kept = 0;
  for (std::size_t n = 0; n < sweep.count; ++n) {
    if (list[n]->bottom > row) {
      list[kept++] = list[n];
    } else if (list[n]->careful) {
      --sweep.careful;
    }
  }
  sweep.count = kept;
}

void add_beginning(Facets& facets, std::int32_t row, Sweep& sweep) {
  const std::size_t carried = sweep.count;
  for (std::int32_t i = facets.first_in_row[row]; i >= 0; i = facets.next_in_row[i]) {
    Facet& facet = facets.list[i];
    facets.trace(facet);
    sweep.crossings[sweep.count++] = &facet;
    if (facet.careful) ++sweep.careful;
  }
  sort_crossings(facets, row, carried, sweep);
}

void start_sweep(const Facets& facets, std::size_t height, Sweep& sweep) {
  sweep.count = 0;
  sweep.careful = 0;
  if (sweep.crossings.size() < facets.list.size()) sweep.crossings.resize(facets.list.size());
  sweep.endings.assign(height + 1, 0);
  for (const Facet& facet : facets.list) ++sweep.endings[facet.bottom];
}

FACEFLOW_CLONES
void write_rows(Facets& facets, const Image image, std::int32_t height, Sweep& sweep) {
  Progress done;
  for (std::int32_t row = 0; row < height; ++row) {
    if (sweep.endings[row] > 0) drop_ended(row, sweep);
    if (facets.first_in_row[row] >= 0) add_beginning(facets, row, sweep);
    if (sweep.careful == 0) {
      if (write_ordered(image, row, facets, sweep, done)) continue;
      return_to(image, row, done);
      sort_crossings(facets, row, 1, sweep);
      if (write_ordered(image, row, facets, sweep, done)) continue;
    }
    return_to(image, row, done);
    mark_covered(image, done);
    write_any(image, row, facets, sweep);
    done.flow = done.valid = (row + 1) * image.width;
  }
  write_outside(image, image.pixels, done);
}

// The flow of pair number `pair`; memory is kept from the pair before.
void write_pair(const PairsView& pairs, std::size_t pair, const FieldView& field, float fill,
                Facets& facets, Sweep& sweep) {
  facets.prepare(pairs, pair, field.height, field.width);
  start_sweep(facets, field.height, sweep);
  const Image image{field.flow, field.valid,
                    static_cast<std::ptrdiff_t>(field.height * field.width),
                    static_cast<std::ptrdiff_t>(field.width), fill};
  write_rows(facets, image, static_cast<std::int32_t>(field.height), sweep);
}

}  // namespace

void synthesize(const PairsView& pairs, const FieldsView& fields) {
  const std::size_t pixels = fields.height * fields.width;
  Facets facets;
  Sweep sweep;
  for (std::size_t pair = 0; pair < pairs.pairs; ++pair) {
    std::uint8_t* const valid = fields.valid == nullptr ? nullptr : fields.valid + pair * pixels;
    const FieldView field{fields.flow + pair * pixels * 2, valid, fields.height, fields.width};
    write_pair(pairs, pair, field, fields.fill, facets, sweep);
  }
}

void synthesize_each(const PairsView& pairs, const FieldView* fields, float fill) {
  Facets facets;
  Sweep sweep;
  for (std::size_t pair = 0; pair < pairs.pairs; ++pair)
    write_pair(pairs, pair, fields[pair], fill, facets, sweep);
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

// Triangles made ready for the row sweep: where their spans begin and end, and their planes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "faceflow/synthesis.hpp"
#include "faceflow/triangle.hpp"

namespace faceflow {

// Two numbers for u and v. GCC and clang lower vectors to what the processor has.
using Pair = double __attribute__((vector_size(16)));

struct Corner {
  Point at;           // on the grid
  Pair displacement;  // px
};

// u and v of a pixel.
struct Flow {
  float u, v;
};

// Flow over a triangle: origin + down (y - y0) + across (x - x0).
struct Plane {
  Pair origin, down, across;
  double x0, y0;
  Flow step;  // `across`, rounded

  [[nodiscard]] Flow at(double x, double y) const {
    const double dy = y - y0;
    const double dx = x - x0;
    const Pair flow = (origin + down * dy) + across * dx;
    return {static_cast<float>(flow[0]), static_cast<float>(flow[1])};
  }
};

// One triangle as the row sweep needs it.
struct Facet {
  const Corner* corners[3];  // by row, then column
  std::int32_t top;          // first row
  std::int32_t bottom;       // row after the last
  bool careful;              // too thin or too fast for single precision along a row
  std::ptrdiff_t rows;       // where the image's row 0 would be in the tables of columns
  Plane plane;               // once traced
};

// An array that grows without keeping or clearing what it holds.
template <class T>
class Table {
 public:
  void reserve(std::size_t size) {
    if (size <= size_) return;
    data_.reset(new T[size]);
    size_ = size;
  }
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }
  const T& operator[](std::ptrdiff_t i) const { return data_[i]; }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
};

// The facets of one pair. For each row of each facet the tables hold the columns [begin, end).
struct Facets {
  std::vector<Corner> corners;  // one for each landmark
  std::vector<Facet> list;
  Table<std::int32_t> begins, ends;
  std::vector<std::int32_t> first_in_row;  // row -> first facet that starts there, or -1
  std::vector<std::int32_t> next_in_row;   // facet -> next one that starts in its row

  double height, width;

  // Lists the facets of pair number `pair`; memory is kept from the pair before.
  void prepare(const PairsView& pairs, std::size_t pair, std::size_t rows, std::size_t columns);

  // Fits the facet's plane and fills its rows in the tables. Done as the sweep reaches the facet,
  // while the memory is still busy with the rows before.
  void trace(Facet& facet);
};

}  // namespace faceflow

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

// One triangle as the row sweep needs it.
struct Facet {
  const Corner* corners[3];  // by row, then column
  bool careful;              // too thin or too fast for single precision along a row
  std::int32_t top;          // first row
  std::int32_t bottom;       // row after the last
  std::ptrdiff_t rows;       // where the image's row 0 would be in the table of spans
};

// A row of a facet.
struct Span {
  std::int32_t begin, end;  // columns [begin, end)
  Flow start;               // at `begin`
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

// The facets of one pair.
struct Facets {
  std::vector<Corner> corners;  // one for each landmark
  std::vector<Facet> list;
  Table<Span> spans;  // facet by facet, row by row
  std::vector<std::int32_t> first_in_row;  // row -> first facet that starts there, or -1
  std::vector<std::int32_t> next_in_row;   // facet -> next one that starts in its row

  double height, width;

  // Lists the facets of pair number `pair`; memory is kept from the pair before.
  void prepare(const PairsView& pairs, std::size_t pair, std::size_t rows, std::size_t columns);

  // Fills the facet's rows in the table; gives the change of the flow from a column to the next.
  // Done as the sweep reaches the facet, while the memory is still busy with the rows before.
  Flow trace(const Facet& facet);

 private:
  Table<std::int32_t> left_, right_;  // columns of the facet being traced
};

}  // namespace faceflow

// FACEFLOW_CLONES compiles a function for the baseline processor and for AVX2; the loader picks.
// Both give the same bits, as contraction is off. Elsewhere (arm64, musl, sanitizers, whose
// runtime is not up yet when the loader chooses) the baseline is all there is.
#pragma once

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define FACEFLOW_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define FACEFLOW_CLONES
#endif

// A helper of a cloned function has to be compiled into each clone.
#if defined(__GNUC__)
#define FACEFLOW_INLINE inline __attribute__((always_inline))
#else
#define FACEFLOW_INLINE inline
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rare.h: a mark for functions that few requests need.
 *
 * The compiler keeps them out of the functions that call them, which then save
 * no registers for what they hardly ever do: some ten instructions each.
 */
#ifndef CORS_RARE_H
#define CORS_RARE_H

#if defined(__GNUC__)
#define CORS_RARE __attribute__((noinline, cold))
#else
#define CORS_RARE
#endif

#endif /* CORS_RARE_H */

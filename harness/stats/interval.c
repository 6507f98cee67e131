/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of the interval are quantiles of beta distributions.  The distribution function is the regularized incomplete
 * beta function, here by its continued fraction (Abramowitz and Stegun 26.5.8) in the form of Lentz; its quantile is
 * found by bisection, which needs no guess and cannot run away.
 */
#include "harness/stats/interval.h"

#include <math.h>

/* On each side. */
#define TAIL 0.025
/* Bisection halves the interval each time: enough for every bit of a double above 1e-12. */
#define BISECTION_COUNT 100
/* The fraction converges in about sqrt(max(a, b)) steps; 10^6 repeats need a few thousand. */
#define FRACTION_STEP_COUNT_MAX 100000
#define FRACTION_PRECISION	1e-15
#define TINY			1e-300

static double log_gamma(double x)
{
	int sign;

	/* lgamma() writes a global variable. */
	return lgamma_r(x, &sign);
}

static double away_from_zero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

static double beta_fraction(double a, double b, double x)
{
	double c = 1;
	double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
	double fraction = d;

	for (int m = 1; m <= FRACTION_STEP_COUNT_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / away_from_zero(1 + even * d);
		c = away_from_zero(1 + even / c);
		fraction *= c * d;
		d = 1 / away_from_zero(1 + odd * d);
		c = away_from_zero(1 + odd / c);
		fraction *= c * d;
		if (fabs(c * d - 1) < FRACTION_PRECISION)
			break;
	}
	return fraction;
}

/* I_x(a, b): the probability that a beta(a, b) variable is at most x. */
static double incomplete_beta(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
	/* The fraction converges fast on this side of the mean; the other side is its mirror. */
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double beta_quantile(double a, double b, double probability)
{
	double low = 0, high = 1;

	for (int i = 0; i < BISECTION_COUNT; i++) {
		double middle = (low + high) / 2;

		if (incomplete_beta(a, b, middle) < probability)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

struct interval interval_of_rate(uint64_t hit_count, uint64_t try_count)
{
	double hits = (double)(hit_count < try_count ? hit_count : try_count);
	double misses = (double)try_count - hits;

	return (struct interval){
		.low = hits > 0 ? beta_quantile(hits, misses + 1, TAIL) : 0,
		.high = misses > 0 ? beta_quantile(hits + 1, misses, 1 - TAIL) : 1,
	};
}

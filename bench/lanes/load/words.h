/*
 * The command line of the load generators for lanes: every option is a number with a standard and bounds, so that a
 * mistyped one can neither run for hours nor open a million sockets.
 */
#ifndef LANEWORK_BENCH_LANES_WORDS_H
#define LANEWORK_BENCH_LANES_WORDS_H

/* The value of an option, or its standard; ends the program when it is out of bounds. */
double option(int count, char **words, const char *name, double standard, double lowest, double highest);

#endif

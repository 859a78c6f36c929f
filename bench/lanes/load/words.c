/* Reads one option of the command line: see words.h. */
#include "words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double option(int count, char **words, const char *name, double standard, double lowest, double highest) {
  double value = standard;
  for (int index = 1; index + 1 < count; index += 2) {
    if (!strcmp(words[index], name)) value = atof(words[index + 1]);
  }
  if (value >= lowest && value <= highest) return value;
  fprintf(stderr, "out of range: %s\n", name);
  exit(2);
}

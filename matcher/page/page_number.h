/* Numbers as people read them on a page.
 *
 * Each writes into text[PAGE_NUMBER_BYTES] and returns it, so that it stands among the arguments of
 * a printf. What is not a number is "–". Bytes of memory and of files are those of log_bytes
 * (core/log.h): "1.2 GiB". Not here: numbers for programs to read (data/number.h). */
#ifndef AXB_MATCHER_PAGE_PAGE_NUMBER_H
#define AXB_MATCHER_PAGE_PAGE_NUMBER_H

#define PAGE_NUMBER_BYTES 40u

/* 1,543,467; rounded. From 1e15 on 8.1e15. */
char *page_number_count(double n, char text[PAGE_NUMBER_BYTES]);
/* A number in five places: 0.94118, 12.5, 1,543,467, 3.2e-7. */
char *page_number(double x, char text[PAGE_NUMBER_BYTES]);
/* The same in as many more as tell it from another number: 0.89997 beside 0.9, 0.899999 if need be.
 */
char *page_number_beside(double x, double other, char text[PAGE_NUMBER_BYTES]);
/* A number in so many digits, 1 to 17: 0.83, 8.1e15. */
char *page_number_digits(double x, int digits, char text[PAGE_NUMBER_BYTES]);
/* 0.035 s, 3.2 s, 95 s, 12 min 5 s, 3 h 20 min, 2 days 4 h. */
char *page_number_seconds(double seconds, char text[PAGE_NUMBER_BYTES]);
/* A share from 0 to 1 as 93 %, 93.4 % near the ends (99.97 %, 0.012 %); 0 and 1 only if it is. */
char *page_number_share(double share, char text[PAGE_NUMBER_BYTES]);
/* After a number of thousands, of thousands of them …: "", " k", " M" … */
#define PAGE_NUMBER_UNITS 6u
extern const char *const page_number_unit[PAGE_NUMBER_UNITS];
/* For axes: 1543467 as 1.5 M, 0.25 as 0.25. */
char *page_number_short(double x, char text[PAGE_NUMBER_BYTES]);

#endif

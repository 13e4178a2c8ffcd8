/* The numbers of planes and tokens that the counting kernel and the rows it counts agree on. Not
 * here: what a token is (jaro_rows.h). */
#ifndef AXB_MATCHER_KERNEL_KERNEL_JARO_PLANES_H
#define AXB_MATCHER_KERNEL_KERNEL_JARO_PLANES_H

#define JARO_ROW_TOKENS 27u  /* of a row, at most */
#define JARO_TOKENS 192u     /* that are told apart */
#define JARO_LEAD_PLANES 64u /* of leading characters; the first is always empty */

#endif

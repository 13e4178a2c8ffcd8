/* The look of a page: one style sheet, for texts, tables and pictures.
 *
 * Colours are variables, in light and in dark, so a picture in the page uses them by name:
 *
 *     --paper    the background              --ink      letters and axes
 *     --faint    lines of a grid, borders    --soft     background of boxes
 *     --quiet    letters of less weight      --mark     what differs, thresholds
 *     --hue-0 … --hue-7     series and kinds, after Okabe and Ito (2008), with more contrast
 *
 * Most colour-blind people tell all hues apart, the first four easily; lines have dashes besides.
 * Letters have a contrast of at least 4.5 : 1 to their background in both, lines of 3 : 1. */
#ifndef AXB_MATCHER_PAGE_PAGE_STYLE_H
#define AXB_MATCHER_PAGE_PAGE_STYLE_H

#define PAGE_STYLE_HUES 8u

/* The text of <style>: page.css, embedded. */
extern const char page_style[];

#endif

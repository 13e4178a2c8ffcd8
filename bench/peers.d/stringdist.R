# R's stringdist, on WORKERS threads, a block of A at a time because it gives a dense matrix.
#   stringdist.R A.csv B.csv METRIC MIN WORKERS PAIRS.csv              (see peer.py)
library(stringdist)

argument <- commandArgs(trailingOnly = TRUE)
text <- function(path) {
    read.csv(path, colClasses = "character", na.strings = character(), encoding = "UTF-8")$text
}
a <- text(argument[1])
b <- text(argument[2])
least <- as.numeric(argument[4])
call <- switch(argument[3],
    levenshtein = list(method = "lv"),
    ratio = list(method = "lcs"),
    jaro = list(method = "jw", p = 0),
    jaro_winkler = list(method = "jw", p = 0.1),
    jaccard = list(method = "jaccard", q = 3))
if (argument[3] == "jaccard") {  # grams of padded texts, as axb's and pg_trgm's
    a <- paste0("\001\001", a, "\001")
    b <- paste0("\001\001", b, "\001")
}
call$nthread <- as.integer(argument[5])
matrix_cells <- 2.5e7
block_rows <- max(1, matrix_cells %/% length(b))

block <- function(at) {
    rows <- at:min(at + block_rows - 1, length(a))
    scores <- do.call(stringsimmatrix, c(list(a[rows], b), call))
    hit <- which(scores >= least, arr.ind = TRUE)
    data.frame(a = hit[, 1] + at - 1, b = hit[, 2], score = scores[hit])
}
seconds <- system.time(
    found <- do.call(rbind, lapply(seq(1, length(a), by = block_rows), block)))[["elapsed"]]

found$score <- sprintf("%.17g", found$score)
write.csv(found, argument[6], row.names = FALSE, quote = FALSE)
cat(seconds, as.character(packageVersion("stringdist")), "\n")

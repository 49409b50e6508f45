# Truth for group comparisons on real answers: ANES 2020 (design tests) and psych's personality items (the
# unweighted battery). Only tests and effect sizes are kept, no answers.
# SURVEY_SHARED=<folder> Rscript make_compare_real.R
suppressMessages({library(survey); library(effectsize); library(jsonlite)})
shared <- Sys.getenv("SURVEY_SHARED", "../../../shared")

anes <- read.csv(file.path(shared, "data/anes_2020/anes_2020.csv"), na.strings = c("NA", ""))
answers <- c("Always", "Most of the time", "About half the time", "Some of the time", "Never")
anes$y <- match(anes$TrustGovernment, answers)
anes <- anes[!is.na(anes$Weight) & anes$Weight > 0, ]
tests <- function(by) {
  d <- svydesign(ids = ~VarUnit, strata = ~Stratum, weights = ~Weight, data = anes, nest = TRUE)
  d <- update(d, g = factor(anes[[by]]))
  d <- subset(d, !is.na(y) & !is.na(g))
  w <- weights(d); y <- d$variables$y
  below <- vapply(sort(unique(y)), function(v) sum(w[y < v]) + sum(w[y == v]) / 2, 0) / sum(w)
  d <- update(d, r = below[match(y, sort(unique(y)))])
  f <- function(t) list(statistic = as.numeric(t$Ftest), df = t$df, df2 = t$ddf)
  model <- svyglm(y ~ g, d)
  ws <- regTermTest(model, ~g, method = "WorkingWald")
  df <- sum(ws$lambda)^2 / sum(ws$lambda^2)
  list(design_ws = list(statistic = as.numeric(ws$chisq) / sum(ws$lambda), df = df, df2 = df * degf(d)),
    design_f = f(regTermTest(model, ~g)), design_rank = f(regTermTest(svyglm(r ~ g, d), ~g)))
}
names <- c("AgeGroup", "Education", "RaceEth")
write_json(setNames(lapply(names, tests), names), "compare_anes.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)

bfi <- read.csv(file.path(shared, "data/bfi/bfi.csv"))
score <- function(items, reversed) {
  x <- bfi[items]; x[reversed] <- 7 - x[reversed]
  ifelse(rowSums(!is.na(x)) >= length(items) / 2, rowMeans(x, na.rm = TRUE), NA)
}
battery <- function(y) {
  keep <- !is.na(y) & !is.na(bfi$education)
  y <- round(y[keep], 10); g <- bfi$education[keep]; f <- factor(g)
  rank <- rank(y); n <- length(y); ties <- table(y)
  variance <- (n * (n + 1) / 12 - sum(ties^3 - ties) / (12 * (n - 1)))
  pairs <- combn(1:5, 2)
  one <- function(i) {
    a <- y[g == pairs[1, i]]; b <- y[g == pairs[2, i]]
    h <- hedges_g(a, b); d <- suppressWarnings(cliffs_delta(a, b)); t <- t.test(a, b)
    data.frame(contrast = paste(pairs[1, i], "-", pairs[2, i]),
      dunn = (mean(rank[g == pairs[1, i]]) - mean(rank[g == pairs[2, i]])) / sqrt(variance * (1 / length(a) + 1 / length(b))),
      hedges_g = h$Hedges_g, g_low = h$CI_low, g_high = h$CI_high,
      delta = d$r_rank_biserial, delta_low = d$CI_low, delta_high = d$CI_high, welch_t = unname(t$statistic),
      games_howell_p = ptukey(abs(unname(t$statistic)) * sqrt(2), 5, unname(t$parameter), lower.tail = FALSE))
  }
  c(list(kruskal = unname(kruskal.test(y, f)$statistic), eta2 = eta_squared(aov(y ~ f), ci = NULL)$Eta2,
      epsilon2 = rank_epsilon_squared(y, f, ci = NULL)$rank_epsilon_squared),
    as.list(do.call(rbind, lapply(seq_len(ncol(pairs)), one))))
}
write_json(list(agree = battery(score(paste0("A", 1:5), "A1")), consc = battery(score(paste0("C", 1:5), c("C4", "C5")))),
  "compare_bfi.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)

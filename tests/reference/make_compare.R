# Truth for the unweighted battery and for association: synthetic answers, R's own tests, effectsize.
# Rscript make_compare.R
suppressMessages({library(survey); library(effectsize); library(jsonlite)})
set.seed(4711)
n <- 240
g <- sample(c("a", "b", "c", "d"), n, TRUE, c(.4, .3, .2, .1))
y <- pmin(pmax(round(3 + .5 * (g == "b") - .4 * (g == "d") + rnorm(n, sd = ifelse(g == "c", 1.3, .8)), 1), 1), 5)
x <- pmin(pmax(round(2.5 + .6 * (g == "b") + rnorm(n)), 1), 4)
stratum <- rep(1:4, each = 60)
psu <- rep(1:24, each = 10)
w <- round(runif(n, .5, 2), 3)
levels <- sort(unique(g))
pairs <- combn(levels, 2)
f <- factor(g, levels)

one <- function(a, b) {
  ya <- y[g == a]; yb <- y[g == b]
  h <- hedges_g(ya, yb, pooled_sd = TRUE, ci = .95)
  d <- suppressWarnings(cliffs_delta(ya, yb, ci = .95))
  welch <- t.test(ya, yb); student <- t.test(ya, yb, var.equal = TRUE)
  u <- suppressWarnings(wilcox.test(ya, yb, exact = FALSE))
  # Games and Howell (1976), written out: t of Welch against the studentised range of all groups.
  gh <- ptukey(abs(unname(welch$statistic)) * sqrt(2), length(levels), unname(welch$parameter), lower.tail = FALSE)
  data.frame(contrast = paste(a, "-", b), hedges_g = h$Hedges_g, g_low = h$CI_low, g_high = h$CI_high,
    cliffs_delta = d$r_rank_biserial, d_low = d$CI_low, d_high = d$CI_high,
    welch_t = unname(welch$statistic), welch_df = unname(welch$parameter), welch_p = welch$p.value,
    difference = mean(ya) - mean(yb), error = welch$stderr,
    student_t = unname(student$statistic), student_p = student$p.value,
    u = unname(u$statistic), u_p = u$p.value, games_howell_p = gh)
}
aov1 <- summary(aov(y ~ f))[[1]]
welch <- oneway.test(y ~ f)
deviation <- abs(y - ave(y, g, FUN = median))
bf <- summary(aov(deviation ~ f))[[1]]
residual <- y - ave(y, g)
m2 <- mean(residual^2); m3 <- mean(residual^3)
kw <- kruskal.test(y, f)

chosen <- cbind(o1 = rbinom(n, 1, plogis(-.5 + .8 * (g == "b"))), o2 = rbinom(n, 1, .4), o3 = rbinom(n, 1, .15 + .2 * (g == "c")))
d <- data.frame(f, x = factor(x), stratum, psu, w, chosen)
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = d)
rs <- function(formula) {
  t <- svychisq(formula, design, statistic = "F")
  list(statistic = unname(t$statistic), df = unname(t$parameter[1]), df2 = unname(t$parameter[2]), p_value = unname(t$p.value))
}
share <- svyby(~o1, ~f, design, svymean, covmat = TRUE)
model <- lapply(seq_len(ncol(pairs)), function(i) {
  s <- coef(share)[pairs[, i]]; v <- vcov(share)[pairs[, i], pairs[, i]]
  slope <- c(1, -1) / (s * (1 - s))
  list(contrast = paste(pairs[1, i], "-", pairs[2, i]), difference = unname(s[1] - s[2]),
    difference_error = sqrt(v[1, 1] + v[2, 2] - 2 * v[1, 2]),
    odds_ratio = unname(exp(qlogis(s[1]) - qlogis(s[2]))), log_error = sqrt(drop(slope %*% v %*% slope)))
})
means <- svyby(~y, ~f, update(design, y = y), svymean, covmat = TRUE)
trend <- svycontrast(means, setNames((1:4 - 2.5) / 5, levels))

write_json(list(
  data = list(y = y, g = g, x = x, stratum = stratum, psu = psu, w = w, o1 = chosen[, 1], o2 = chosen[, 2], o3 = chosen[, 3]),
  anova = list(statistic = aov1[1, 4], df = aov1[1, 1], df2 = aov1[2, 1], p_value = aov1[1, 5]),
  anova_welch = list(statistic = unname(welch$statistic), df = unname(welch$parameter[1]), df2 = unname(welch$parameter[2]), p_value = welch$p.value),
  brown_forsythe = list(statistic = bf[1, 4], df = bf[1, 1], df2 = bf[2, 1], p_value = bf[1, 5]),
  skewness = m3 / m2^1.5 * sqrt(n * (n - 1)) / (n - 2),
  kruskal = list(statistic = unname(kw$statistic), df = unname(kw$parameter), p_value = kw$p.value, epsilon2 = rank_epsilon_squared(y, f, ci = NULL)$rank_epsilon_squared),
  eta2 = eta_squared(aov(y ~ f), ci = NULL)$Eta2,
  pairs = do.call(rbind, lapply(seq_len(ncol(pairs)), function(i) one(pairs[1, i], pairs[2, i]))),
  chi2 = list(statistic = unname(chisq.test(table(g, x), correct = FALSE)$statistic), p_value = chisq.test(table(g, x), correct = FALSE)$p.value),
  rao_scott = list(x = rs(~x + f), o1 = rs(~o1 + f), o2 = rs(~o2 + f), o3 = rs(~o3 + f)),
  shares = model,
  linear_trend = list(estimate = unname(coef(trend)), std_error = unname(drop(SE(trend))))
), "compare.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)

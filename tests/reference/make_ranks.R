# Truth: R's unweighted rank battery of ordinal answers in groups (kruskal.test, effectsize) and Dunn's pairs,
# written out from the ranks of the rows as in Dunn (1964). Writes ranks.json. Run in this folder: Rscript make_ranks.R

suppressMessages({library(effectsize); library(jsonlite)})
set.seed(20261121)

dunn <- function(y, g) {
  n <- length(y)
  r <- rank(y)
  ties <- table(y)
  variance <- (n * (n + 1) / 12 - sum(ties^3 - ties) / (12 * (n - 1)))
  mean_rank <- tapply(r, g, mean)
  size <- tapply(r, g, length)
  pair <- combn(levels(g), 2)
  z <- (mean_rank[pair[1, ]] - mean_rank[pair[2, ]]) / sqrt(variance * (1 / size[pair[1, ]] + 1 / size[pair[2, ]]))
  list(z = unname(z), p_value = unname(2 * pnorm(-abs(z))))
}

case <- function(name, y, g, ci = 0.95) {
  g <- factor(g)
  test <- kruskal.test(y, g)
  pair <- combn(levels(g), 2, simplify = FALSE)
  delta <- lapply(pair, function(p) as.data.frame(cliffs_delta(y[g == p[1]], y[g == p[2]], ci = ci)))
  fit <- summary(aov(y ~ g))[[1]][["Sum Sq"]]
  count <- unclass(table(g, y))
  list(name = name, count = matrix(count, nrow(count)), score = as.numeric(colnames(count)), conf_level = ci,
    statistic = unname(test$statistic), df = unname(test$parameter), p_value = test$p.value,
    epsilon2 = rank_epsilon_squared(y, g, ci = NULL)$rank_epsilon_squared, eta2 = fit[1] / sum(fit), dunn = dunn(y, g),
    delta = sapply(delta, `[[`, 1), low = sapply(delta, `[[`, "CI_low"), high = sapply(delta, `[[`, "CI_high"))
}

likert <- function(n, shift) pmin(pmax(round(rnorm(n, 3 + shift, 1.1)), 1), 5)
five <- rep(1:5, c(40, 25, 60, 8, 31))
cases <- list(
  case("two groups", likert(90, rep(c(0, 0.5), c(40, 50))), rep(1:2, c(40, 50))),
  case("five groups", likert(164, c(0, 0.2, -0.3, 0.6, 0)[five]), five),
  case("many values", round(rexp(120), 2), rep(1:3, 40)),
  case("no ties", rnorm(60), rep(1:4, 15), 0.9),
  case("far apart", c(likert(3000, -0.5), likert(3000, 0.5)), rep(1:2, each = 3000))
)
write_json(cases, "ranks.json", digits = NA, auto_unbox = TRUE)

# Truth: measures of inequality with design-based errors. Writes inequality.json. Run in this folder:
# Rscript make_inequality.R. Data and designs are those of design_matrix.json.
#
# survey 4.1-1 has none of these measures. Each is written out from its definition over respondents (Gini as the mean
# absolute difference of pairs, ranks as sums over pairs, the slope as svyglm's), its derivative by each respondent's
# weight is taken by a complex step, and its error is svyrecvar's of weight x derivative: no formula is the package's.

source("design_sample.R")
d <- design_sample()
source("designs.R")

WITH <- c("srs", "weights", "strata_psu", "two_stage", "lonely_average", "rake")
STEP <- 1e-30

prepared <- function(name, variables) {
  spec <- designs[[name]]
  options(survey.lonely.psu = if (is.null(spec$lonely)) "fail" else spec$lonely)
  used <- complete.cases(d[variables])
  list(design = spec$design[used, ], df = df_of(spec$spec, used), used = used)
}

rank_of <- function(w, g) { # of each respondent: weight of lower groups and half of the own, by pairs
  below <- outer(g, g, ">") + outer(g, g, "==") / 2
  as.vector(below %*% w) / sum(w)
}
mean_of <- function(w, y) sum(w * y) / sum(w)
covariance <- function(w, a, b) sum(w * (a - mean_of(w, a)) * (b - mean_of(w, b))) / sum(w)
theil <- function(w, y) {
  m <- mean_of(w, y)
  part <- Re(y) > 0
  sum(w[part] * (y[part] / m) * log(y[part] / m)) / sum(w)
}
group_mean <- function(w, y, g) { # of the respondent's own group
  same <- outer(g, g, "==")
  as.vector(same %*% (w * y)) / as.vector(same %*% w)
}
slope <- function(w, y, g) { r <- rank_of(w, g); covariance(w, y, r) / covariance(w, r, r) }

MEASURES <- list(
  slope = function(w, y, g, ends) slope(w, y, g),
  log_relative = function(w, y, g, ends) {
    s <- slope(w, y, g)
    at_zero <- mean_of(w, y) - s * mean_of(w, rank_of(w, g))
    log((at_zero + s) / at_zero)
  },
  concentration = function(w, y, g, ends) 2 * covariance(w, y, rank_of(w, g)) / mean_of(w, y),
  erreygers = function(w, y, g, ends) {
    c <- 2 * covariance(w, y - ends[1], rank_of(w, g)) / mean_of(w, y - ends[1])
    4 * mean_of(w, y - ends[1]) / (ends[2] - ends[1]) * c
  },
  wagstaff = function(w, y, g, ends) {
    s <- (y - ends[1]) / (ends[2] - ends[1]) # a share of the scale: C / (1 - mean)
    2 * covariance(w, s, rank_of(w, g)) / mean_of(w, s) / (1 - mean_of(w, s))
  },
  gini = function(w, y, g, ends) {
    sum(outer(w, w) * abs(outer(y, y, "-"))) / (2 * mean_of(w, y) * sum(w)^2)
  },
  theil = function(w, y, g, ends) theil(w, y),
  theil_between = function(w, y, g, ends) theil(w, group_mean(w, y, g)),
  theil_within = function(w, y, g, ends) theil(w, y) - theil(w, group_mean(w, y, g))
)

found <- function(f, w, design) { # value, and error from the derivative by each weight
  at <- which(w > 0)
  derivative <- numeric(length(w))
  for (i in at) {
    moved <- as.complex(w)
    moved[i] <- moved[i] + STEP * 1i
    derivative[i] <- Im(f(moved)) / STEP
  }
  z <- matrix(w * derivative)
  error <- sqrt(as.numeric(svyrecvar(z, design$cluster, design$strata, design$fpc, postStrata = design$postStrata)))
  list(estimate = Re(f(as.complex(w))), std_error = error)
}

filled <- function(x) { x[is.na(x)] <- x[!is.na(x)][1]; x }
cases <- list()
for (name in WITH) {
  for (y in c("item", "yes", "x")) {
    p <- prepared(name, y)
    v <- p$design$variables
    w <- as.numeric(weights(p$design))
    answer <- filled(v[[y]])
    g <- as.integer(factor(v$age))
    ends <- switch(y, item = c(1, 5), yes = c(0, 1), x = c(0, 120))
    for (measure in names(MEASURES)) {
      if (y == "item" && measure %in% c("gini", "theil", "theil_between", "theil_within", "log_relative")) next
      e <- found(function(w) MEASURES[[measure]](w, answer, g, ends), w, p$design)
      cases[[length(cases) + 1]] <- list(design = name, measure = y, estimand = measure, df = p$df,
                                         estimate = e$estimate, std_error = e$std_error)
    }
    # The slope is also that of svyglm on the rank, taken as known.
    r <- Re(rank_of(as.complex(w), g))
    frame <- p$design
    frame$variables$answer <- answer
    frame$variables$rank <- r
    stopifnot(abs(coef(svyglm(answer ~ rank, frame))[2] - found(function(w) slope(w, answer, g), w, p$design)$estimate) < 1e-9)
    # Groups against everyone, and people times shortfall; who has no group is in everyone.
    group <- v$g
    group[is.na(group)] <- "none"
    for (level in c("a", "b", "c")) {
      in_it <- as.numeric(group == level)
      gap <- function(w) sum(w * in_it * answer) / sum(w * in_it) - mean_of(w, answer)
      burden <- function(w) sum(w * in_it * (mean_of(w, answer) - answer))
      for (estimand in c("from_population", "shortfall")) {
        e <- found(if (estimand == "shortfall") burden else gap, w, p$design)
        cases[[length(cases) + 1]] <- list(design = name, measure = y, estimand = estimand, level = level, df = p$df,
                                           estimate = e$estimate, std_error = e$std_error)
      }
    }
  }
}
write_reference(list(cases = cases), "inequality.json")

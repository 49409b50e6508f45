# Truth: R survey's tests and differences between groups (svycontrast, regTermTest, svychisq), regressions
# (svyglm, svyolr) and differences between two waves. Writes design_tests.json. Run in this folder:
# Rscript make_design_tests.R

source("design_sample.R")
d <- design_sample()
source("designs.R")

WITH <- c("srs", "weights", "strata", "strata_psu", "strata_psu_fpc", "two_stage", "rake", "poststratify")
ALPHA <- 0.05

# The design restricted to valid answers before anything is tested, and its df.
valid <- function(name, variables) {
  used <- complete.cases(d[variables])
  design <- designs[[name]]$design[used, ]
  # A calibrated design keeps the other rows at weight zero, and 0 * NA is NA: give them any answer.
  for (v in variables) {
    column <- design$variables[[v]]
    column[is.na(column)] <- column[which(!is.na(column))[1]]
    design$variables[[v]] <- column
  }
  if ("g" %in% variables) design$variables$g <- factor(design$variables$g)
  list(design = design, used = used, df = df_of(designs[[name]]$spec, used))
}
p_f <- function(f, df, df2) pf(f, df, df2, lower.tail = FALSE)

# Differences of group means, `a - b` with a before b; the means are the coefficients of the grouping alone.
differences <- function(name, measure) {
  v <- valid(name, c(measure, "g"))
  means <- svyglm(reformulate(c("0", "g"), measure), v$design)
  groups <- levels(v$design$variables$g)
  out <- NULL
  for (pair in combn(seq_along(groups), 2, simplify = FALSE)) {
    weights <- replace(numeric(length(groups)), pair, c(1, -1))
    contrast <- svycontrast(means, setNames(weights, names(coef(means))))
    df <- df_of(designs[[name]]$spec, v$used & d$g %in% groups[pair])
    se <- as.numeric(SE(contrast))
    estimate <- as.numeric(coef(contrast))
    out <- rbind(out, data.frame(contrast = paste(groups[pair], collapse = " - "), estimate, std_error = se, df,
      conf_low = estimate - qt(1 - ALPHA / 2, df) * se, conf_high = estimate + qt(1 - ALPHA / 2, df) * se,
      statistic = estimate / se, p_value = 2 * pt(-abs(estimate / se), df)))
  }
  as.list(out)
}

# Working Wald: F = chisq / sum(lambda), df = sum(lambda)^2 / sum(lambda^2); p from F, not R's saddlepoint.
design_ws <- function(name, measure) {
  v <- valid(name, c(measure, "g"))
  test <- regTermTest(svyglm(reformulate("g", measure), v$design), ~g, method = "WorkingWald")
  df <- sum(test$lambda)^2 / sum(test$lambda^2)
  f <- as.numeric(test$chisq) / sum(test$lambda)
  list(statistic = f, df = df, df2 = df * v$df, p_value = p_f(f, df, df * v$df))
}
wald <- function(v, measure) {
  q <- nlevels(v$design$variables$g) - 1
  test <- regTermTest(svyglm(reformulate("g", measure), v$design), ~g, method = "Wald", df = v$df - q)
  f <- as.numeric(test$Ftest)
  list(statistic = f, df = q, df2 = v$df - q, p_value = p_f(f, q, v$df - q))
}
design_f <- function(name, measure) wald(valid(name, c(measure, "g")), measure)

# Weighted mid-rank: (W(<y) + W(=y)/2) / W over the valid cases; a function of the data, not of their order.
mid_rank <- function(y, w) {
  at <- tapply(w, y, sum)
  ((cumsum(at) - at / 2) / sum(w))[as.character(y)]
}
design_rank <- function(name, measure) {
  v <- valid(name, c(measure, "g"))
  w <- weights(v$design)
  rank <- rep(0, length(w))
  rank[w > 0] <- mid_rank(v$design$variables[[measure]][w > 0], w[w > 0])
  v$design$variables$rank <- rank
  wald(v, "rank")
}

rao_scott <- function(name, measure) {
  v <- valid(name, c(measure, "g"))
  v$design$variables$answer <- factor(v$design$variables[[measure]])
  test <- svychisq(~ answer + g, v$design, statistic = "F")
  df <- as.numeric(test$parameter["ndf"])
  f <- as.numeric(test$statistic)
  share <- prop.table(svytable(~ answer + g, v$design))
  independent <- outer(rowSums(share), colSums(share))
  phi2 <- sum((share - independent)^2 / independent)
  list(statistic = f, df = df, df2 = df * v$df, p_value = p_f(f, df, df * v$df),
       cramers_v = sqrt(phi2 / (min(dim(share)) - 1)), n = sum(v$used))
}

glm_table <- function(fit, df) {
  b <- coef(fit)
  se <- as.numeric(SE(fit))
  list(term = names(b), estimate = as.numeric(b), std_error = se, covariance = unname(vcov(fit)), df = df - length(b) + 1)
}
gaussian_fit <- function(name, measure) {
  v <- valid(name, c("y", "sex", "age", "x"))
  glm_table(svyglm(y ~ sex + age + x, v$design), v$df)
}
logit_fit <- function(name, measure) {
  v <- valid(name, c("yes", "sex", "age"))
  glm_table(svyglm(yes ~ sex + age, v$design, family = quasibinomial(), control = glm.control(epsilon = 1e-14, maxit = 100)), v$df)
}
ordinal_fit <- function(name, measure) {
  v <- valid(name, c("item", "sex", "g"))
  v$design$variables$item <- factor(v$design$variables$item)
  fit <- svyolr(item ~ sex + g, v$design)
  list(term = c(names(fit$coefficients), names(fit$zeta)), estimate = as.numeric(c(fit$coefficients, fit$zeta)),
       std_error = as.numeric(SE(fit)), log_likelihood = -fit$deviance / 2, df = v$df)
}

TESTS <- list(difference = differences, design_ws = design_ws, design_f = design_f, design_rank = design_rank,
              rao_scott = rao_scott, gaussian = gaussian_fit, logit = logit_fit, ordinal = ordinal_fit)
MEASURES <- list(difference = c("y", "item"), design_ws = c("y", "item"), design_f = c("y", "item"),
                 design_rank = c("y", "item"), rao_scott = c("item", "yes"), gaussian = "y", logit = "yes", ordinal = "item")

cases <- list()
for (name in WITH) for (test in names(TESTS)) for (measure in MEASURES[[test]]) {
  if (test == "ordinal" && name %in% c("rake", "poststratify")) next # svyolr refuses rows of weight zero
  cases[[length(cases) + 1]] <- list(id = paste(name, test, measure, sep = "/"), design = name, test = test,
    measure = measure, by = "g", expected = lapply(TESTS[[test]](name, measure), I))
}

# A second wave: the same 24 PSU codes, other people.
later <- design_sample(20260102)
both <- rbind(cbind(d, wave = "1"), cbind(later, wave = "2"))
waves <- function(overlap, measure, level = NULL) {
  rows <- both[!is.na(both[[measure]]), ]
  rows$value <- if (is.null(level)) rows[[measure]] else as.numeric(rows[[measure]] == level)
  rows$h <- if (overlap == "none") paste(rows$wave, rows$stratum) else rows$stratum
  design <- svydesign(~psu, strata = ~h, weights = ~w, data = rows, nest = TRUE)
  change <- svycontrast(svyby(~value, ~wave, design, svymean, covmat = TRUE), c("1" = -1, "2" = 1))
  df <- nrow(unique(rows[c("h", "psu")])) - length(unique(rows$h))
  estimate <- as.numeric(coef(change))
  se <- as.numeric(SE(change))
  list(estimate = estimate, std_error = se, df = df, conf_low = estimate - qt(1 - ALPHA / 2, df) * se,
       conf_high = estimate + qt(1 - ALPHA / 2, df) * se)
}
for (overlap in c("none", "psu")) {
  add <- function(measure, level = NULL) {
    cases[[length(cases) + 1]] <<- list(id = paste(c("waves", overlap, measure, level), collapse = "/"), design = "strata_psu",
      test = "change", overlap = overlap, measure = measure, level = if (!is.null(level)) as.character(level),
      expected = lapply(waves(overlap, measure, level), I))
  }
  add("y")
  for (level in 1:5) add("item", level)
}

d$stratum_psu <- paste(d$stratum, d$psu)
later$stratum_psu <- paste(later$stratum, later$psu)
write_reference(list(data = as.list(d[names(d) != "one"]), later = as.list(later[names(later) != "one"]),
                     designs = lapply(designs[WITH], declared), cases = cases), "design_tests.json")
cat(length(cases), "cases\n")

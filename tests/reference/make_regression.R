# Truth: Wald tests, contrasts, domains and lonely PSUs in regressions (svyglm, regTermTest, svycontrast), ordinal
# regression to the last digits, predicted margins and tests of proportional odds. Writes regression.json. Run in
# this folder: Rscript make_regression.R. Data and designs are those of design_matrix.json.
#
# svyolr stops early and no function of survey 4.1-1 gives margins with their full error, or tests proportional odds;
# these are written out below with numerical derivatives (numDeriv) and svyrecvar, and share no formula with the package.

source("design_sample.R")
d <- design_sample()
source("designs.R")

WITH <- c("weights", "strata_psu", "two_stage", "lonely_average", "lonely_adjust", "rake")
HIGHEST <- 4 # `item` in the ordinal cases: nobody of group c chose 5

prepared <- function(name, variables, domain = rep(TRUE, nrow(d))) {
  spec <- designs[[name]]
  options(survey.lonely.psu = if (is.null(spec$lonely)) "fail" else spec$lonely)
  used <- complete.cases(d[variables]) & domain
  design <- spec$design[used, ]
  for (v in variables) { # calibrated designs keep the other rows at weight zero, and 0 * NA is NA
    column <- design$variables[[v]]
    column[is.na(column)] <- column[which(!is.na(column))[1]]
    design$variables[[v]] <- column
  }
  for (v in intersect(variables, c("g", "sex", "age"))) design$variables[[v]] <- factor(design$variables[[v]])
  list(design = design, df = df_of(spec$spec, used))
}
covariance_of <- function(z, design) {
  matrix(svyrecvar(z, design$cluster, design$strata, design$fpc, postStrata = design$postStrata), ncol(z))
}

fitted_glm <- function(v, formula, logit) {
  if (!logit) return(svyglm(formula, v$design))
  svyglm(formula, v$design, family = quasibinomial(), control = glm.control(epsilon = 1e-14, maxit = 100))
}
coefficient_table <- function(fit, v) {
  df <- v$df - length(coef(fit)) + 1
  t <- as.numeric(coef(fit) / SE(fit))
  list(term = names(coef(fit)), estimate = as.numeric(coef(fit)), std_error = as.numeric(SE(fit)), df = df,
       log10_p = (log(2) + pt(-abs(t), df, log.p = TRUE)) / log(10))
}
tests_of <- function(fit, v) {
  test <- regTermTest(fit, ~age, df = v$df - length(coef(fit)) + 1)
  contrast <- svycontrast(fit, c("age35-54" = -1, "age55+" = 1))
  list(wald = list(statistic = as.numeric(test$Ftest), df = test$df, df2 = test$ddf, p_value = as.numeric(test$p)),
       contrast = list(estimate = as.numeric(coef(contrast)), std_error = as.numeric(SE(contrast))))
}

# Margins: the average prediction with g set to each group; its linearised value is that of the average plus that of
# the coefficients. The two parts alone must be svypredmeans'.
margins_of <- function(fit, v, inverse, slope) {
  x <- model.matrix(fit)
  w <- weights(v$design)
  bread <- fit$naive.cov
  influence <- (x * resid(fit, "working") * fit$weights) %*% bread
  groups <- factor(levels(v$design$variables$g))
  out <- lapply(levels(groups), function(level) {
    rows <- v$design$variables
    rows$g[] <- level
    at <- model.matrix(delete.response(terms(fit)), rows)
    eta <- as.numeric(at %*% coef(fit))
    margin <- sum(w * inverse(eta)) / sum(w)
    gradient <- colSums(w * slope(eta) * at) / sum(w)
    own <- w * (inverse(eta) - margin) / sum(w)
    list(margin = margin, own = own, through = as.numeric(influence %*% gradient))
  })
  own <- sapply(out, `[[`, "own")
  through <- sapply(out, `[[`, "through")
  parts <- attr(attr(svypredmeans(update(fit, . ~ . - g), ~g, predictat = groups), "var"), "parts")
  stopifnot(max(abs(covariance_of(through, v$design) - parts[[1]])) < 1e-6 * max(parts[[1]]),
            max(abs(covariance_of(own, v$design) - parts[[2]])) < 1e-6 * max(parts[[2]]))
  list(estimate = sapply(out, `[[`, "margin"), covariance = covariance_of(own + through, v$design))
}
identity_slope <- function(eta) rep(1, length(eta))

# Cumulative logit of one respondent's answer, all slopes free: b is (p + 1) numbers a threshold, intercept first.
log_share <- function(b, level, x, thresholds) {
  b <- matrix(b, ncol = thresholds)
  below <- cbind(0, plogis(outer(rep(1, nrow(x)), b[1, ]) - x %*% b[-1, , drop = FALSE]), 1)
  rows <- seq_len(nrow(x))
  log(below[cbind(rows, level + 1)] - below[cbind(rows, level)])
}
# The proportional model's parameters (slopes, thresholds) in those of log_share.
opened <- function(theta, p, thresholds) {
  as.numeric(rbind(theta[p + seq_len(thresholds)], matrix(theta[seq_len(p)], p, thresholds)))
}

ordinal_case <- function(name) {
  v <- prepared(name, c("item", "sex", "g"))
  w <- weights(v$design)
  w <- w / mean(w[w > 0])
  level <- pmin(v$design$variables$item, HIGHEST)
  x <- model.matrix(~ sex + g, v$design$variables)[, -1]
  p <- ncol(x)
  q <- max(level) - 1
  value <- function(theta) log_share(opened(theta, p, q), level, x, q)
  total <- function(theta) sum(w * value(theta))
  start <- MASS::polr(factor(level) ~ sex + g, data = v$design$variables)
  theta <- c(coef(start), start$zeta)
  for (i in 1:8) theta <- theta - solve(numDeriv::hessian(total, theta), numDeriv::grad(total, theta))
  stopifnot(max(abs(numDeriv::grad(total, theta))) < 1e-7)
  score <- numDeriv::jacobian(value, theta)
  influence <- (w * score) %*% solve(-numDeriv::hessian(total, theta))
  list(v = v, w = w, level = level, x = x, p = p, q = q, theta = as.numeric(theta), influence = influence,
       log_likelihood = total(theta))
}
ordinal_margins <- function(o) {
  share <- o$w / sum(o$w)
  predict_at <- function(theta, k, i) {
    x <- o$x
    x[, c("gb", "gc")] <- rep(as.numeric(c("b", "c") == i), each = nrow(x))
    exp(log_share(opened(theta, o$p, o$q), rep(k, nrow(x)), x, o$q))
  }
  one <- function(k, i) {
    expected <- predict_at(o$theta, k, i)
    gradient <- numDeriv::grad(function(theta) sum(share * predict_at(theta, k, i)), o$theta)
    margin <- sum(share * expected)
    list(margin = margin, z = share * (expected - margin) + as.numeric(o$influence %*% gradient))
  }
  cells <- expand.grid(k = seq_len(o$q + 1), i = c("a", "b", "c"), stringsAsFactors = FALSE)
  found <- Map(one, cells$k, cells$i)
  list(estimate = sapply(found, `[[`, "margin"), covariance = covariance_of(sapply(found, `[[`, "z"), o$v$design))
}

# Second-order Rao-Scott F of u'V0^-1 u, as design_ws.
corrected <- function(u, simple, covariance, df) {
  delta <- solve(simple, covariance)
  f <- as.numeric(u %*% solve(simple, u)) / sum(diag(delta))
  nu <- sum(diag(delta))^2 / sum(diag(delta %*% delta))
  list(statistic = f, df = nu, df2 = nu * df, p_value = pf(f, nu, nu * df, lower.tail = FALSE))
}
score_case <- function(o) {
  b <- opened(o$theta, o$p, o$q)
  rows_of <- function(level) numDeriv::jacobian(function(b) log_share(b, level, o$x, o$q), b)
  scores <- o$w * rows_of(o$level)
  information <- Reduce(`+`, lapply(seq_len(o$q + 1), function(k) {
    everyone <- rep(k, nrow(o$x))
    s <- rows_of(everyone)
    crossprod(s, s * o$w * exp(log_share(b, everyone, o$x, o$q)))
  }))
  null <- numDeriv::jacobian(function(theta) opened(theta, o$p, o$q), o$theta)
  excess <- diag(length(b))[, -c(seq_len(o$p + 1), seq(1, length(b), o$p + 1)), drop = FALSE]
  m <- excess - null %*% solve(t(null) %*% information %*% null, t(null) %*% information %*% excess)
  z <- scores %*% m
  corrected(colSums(z), t(m) %*% information %*% m, covariance_of(z, o$v$design), o$v$df)
}
brant_case <- function(o) {
  fits <- lapply(seq_len(o$q), function(k) {
    o$v$design$variables$above <- as.numeric(o$level > k)
    fit <- fitted_glm(o$v, above ~ sex + g, TRUE)
    list(b = coef(fit)[-1], z = ((model.matrix(fit) * resid(fit, "working") * fit$weights) %*% fit$naive.cov)[, -1])
  })
  b <- unlist(lapply(fits, `[[`, "b"))
  z <- do.call(cbind, lapply(fits, `[[`, "z"))
  equal <- cbind(matrix(rep(-diag(o$p), o$q - 1), ncol = o$p, byrow = TRUE), diag((o$q - 1) * o$p))
  covariance <- equal %*% covariance_of(z, o$v$design) %*% t(equal)
  simple <- equal %*% crossprod(z, ifelse(o$w > 0, 1 / o$w, 0) * z) %*% t(equal)
  change <- as.numeric(equal %*% b)
  df2 <- o$v$df - length(change)
  f <- as.numeric(change %*% solve(covariance, change)) / length(change)
  list(slope = as.numeric(b), difference = change, std_error = sqrt(diag(covariance)),
       working = corrected(change, simple, covariance, o$v$df),
       wald = list(statistic = f, df = length(change), df2 = df2, p_value = pf(f, length(change), df2, lower.tail = FALSE)))
}

cases <- list()
add <- function(name, model, what, expected) {
  cases[[length(cases) + 1]] <<- list(id = paste(name, model, what, sep = "/"), design = name, model = model, what = what,
                                      expected = rapply(expected, I, how = "replace"))
}
for (name in WITH) {
  for (model in c("linear", "logistic")) {
    logit <- model == "logistic"
    y <- if (logit) "yes" else "y"
    inverse <- if (logit) plogis else identity
    slope <- if (logit) dlogis else identity_slope
    v <- prepared(name, c(y, "sex", "age", "x"))
    fit <- fitted_glm(v, reformulate(c("sex", "age", "x"), y), logit)
    add(name, model, "coefficients", c(coefficient_table(fit, v), tests_of(fit, v)))
    women <- prepared(name, c(y, "age", "x"), d$sex == "f")
    fit <- fitted_glm(women, reformulate(c("age", "x"), y), logit)
    add(name, model, "women", c(coefficient_table(fit, women), tests_of(fit, women)))
    v <- prepared(name, c(y, "g", "age", "x"))
    fit <- fitted_glm(v, reformulate(c("g", "age", "x"), y), logit)
    add(name, model, "margins", margins_of(fit, v, inverse, slope))
  }
  o <- ordinal_case(name)
  add(name, "ordinal", "coefficients", list(estimate = o$theta, log_likelihood = o$log_likelihood, df = o$v$df - o$p,
                                            std_error = sqrt(diag(covariance_of(o$influence, o$v$design)))))
  add(name, "ordinal", "margins", ordinal_margins(o))
  add(name, "ordinal", "score", score_case(o))
  add(name, "ordinal", "brant", brant_case(o))
}
write_reference(list(cases = cases), "regression.json")
cat(length(cases), "cases\n")

# Truth: Oaxaca-Blinder decompositions of a mean (two- and three-fold) and of a share (Yun, Fairlie), and an indirect
# association. Writes decomposition.json. Run in this folder: Rscript make_decomposition.R.
# Data and designs are those of design_matrix.json.
#
# No installed package decomposes under a design, so the parts are computed from lm, glm and prediction on data alone,
# in other steps than the package's; their linearised values are numerical derivatives by each respondent's weight,
# and errors come from svyrecvar.

source("design_sample.R")
d <- design_sample()
source("designs.R")

WITH <- c("weights", "strata_psu", "two_stage", "lonely_average", "rake")
COVARIATES <- c("age", "g", "x")
TERMS <- list(age = c("18-34", "35-54", "55+"), g = c("a", "b", "c"))

complete <- function(design, variables) {
  used <- complete.cases(d[variables])
  out <- design[used, ]
  for (v in variables) { # calibrated designs keep the other rows at weight zero, and 0 * NA is NA
    column <- out$variables[[v]]
    column[is.na(column)] <- column[which(!is.na(column))[1]]
    out$variables[[v]] <- column
  }
  for (v in names(TERMS)) out$variables[[v]] <- factor(out$variables[[v]], TERMS[[v]])
  out
}
quiet_glm <- function(formula, data, w) {
  data$w__ <- w
  environment(formula) <- environment()
  suppressWarnings(glm(formula, quasibinomial(), data, weights = w__, control = glm.control(1e-14, 100)))
}
ols <- function(formula, data, w) {
  data$w__ <- w
  environment(formula) <- environment()
  lm(formula, data, weights = w__)
}
# Coefficients with every level's, those of a covariate adding up to 0 (Yun 2005).
all_levels <- function(b) {
  out <- c(constant = unname(b["(Intercept)"]))
  for (v in names(TERMS)) {
    of_v <- c(0, b[paste0(v, TERMS[[v]][-1])])
    out["constant"] <- out["constant"] + mean(of_v)
    out <- c(out, setNames(of_v - mean(of_v), paste0(v, TERMS[[v]])))
  }
  c(out, x = unname(b["x"]))
}
all_means <- function(data, w) {
  shares <- unlist(lapply(names(TERMS), function(v) sapply(TERMS[[v]], function(l) weighted.mean(data[[v]] == l, w))))
  c(1, shares, weighted.mean(data$x, w))
}
by_covariate <- function(parts) c(sum(parts[2:4]), sum(parts[5:7]), parts[8])

linear_parts <- function(w, v) {
  f <- v$sex == "f"
  own <- function(rows) all_levels(coef(ols(y ~ age + g + x, v[rows, ], w[rows])))
  ba <- own(f)
  bb <- own(!f)
  pooled <- coef(ols(y ~ age + g + x + I(sex == "f"), v, w))
  bp <- all_levels(pooled)
  xa <- all_means(v[f, ], w[f])
  xb <- all_means(v[!f, ], w[!f])
  three <- list(endowments = (xa - xb) * bb, coefficients = xb * (ba - bb), interaction = (xa - xb) * (ba - bb))
  explained <- (xa - xb) * bp
  unexplained <- xa * (ba - bp) + xb * (bp - bb)
  # Jann: with the group's dummy in the pooled model the unexplained part is that dummy's coefficient.
  stopifnot(abs(sum(unexplained) - pooled[["I(sex == \"f\")TRUE"]]) < 1e-8)
  gap <- weighted.mean(v$y[f], w[f]) - weighted.mean(v$y[!f], w[!f])
  c(gap = gap, endowments = c(sum(three$endowments), by_covariate(three$endowments)),
    coefficients = c(sum(three$coefficients), three$coefficients[1], by_covariate(three$coefficients)),
    interaction = c(sum(three$interaction), by_covariate(three$interaction)),
    explained = c(sum(explained), by_covariate(explained)),
    unexplained = c(sum(unexplained), unexplained[1], by_covariate(unexplained)))
}
logit_fits <- function(w, v) {
  f <- v$sex == "f"
  v$dummy <- as.numeric(f) - weighted.mean(f, w) # centred: at 0 it is at its mean
  list(f = f, v = v, a = quiet_glm(yes ~ age + g + x, v[f, ], w[f]), b = quiet_glm(yes ~ age + g + x, v[!f, ], w[!f]),
       p = quiet_glm(yes ~ age + g + x + dummy, v, w))
}
binary_parts <- function(w, v) {
  fits <- logit_fits(w, v)
  f <- fits$f
  expected <- function(fit, rows) {
    at <- fits$v[rows, ]
    at$dummy <- 0
    weighted.mean(predict(fit, at, type = "response"), w[rows])
  }
  ya <- weighted.mean(v$yes[f], w[f])
  yb <- weighted.mean(v$yes[!f], w[!f])
  ea <- expected(fits$p, f)
  eb <- expected(fits$p, !f)
  endowments <- expected(fits$b, f) - yb
  coefficients <- expected(fits$a, !f) - yb
  b <- lapply(fits[c("a", "b", "p")], function(fit) all_levels(coef(fit)))
  xa <- all_means(v[f, ], w[f])
  xb <- all_means(v[!f, ], w[!f])
  yun <- function(whole, index) whole * index / sum(index)
  explained <- yun(ea - eb, (xa - xb) * b$p)
  unexplained <- yun(ya - ea, xa * (b$a - b$p)) + yun(eb - yb, xb * (b$p - b$b))
  c(gap = ya - yb, endowments = endowments, coefficients = coefficients,
    interaction = ya - yb - endowments - coefficients, explained = c(ea - eb, by_covariate(explained)),
    unexplained = c(sum(unexplained), unexplained[1], by_covariate(unexplained)))
}
permutations <- function(v) {
  if (length(v) == 1) return(list(v))
  unlist(lapply(seq_along(v), function(i) lapply(permutations(v[-i]), function(p) c(v[i], p))), recursive = FALSE)
}
# The mean over all orders of what replacing one covariate after another adds, on persons matched by weighted rank.
fairlie_parts <- function(w, v) {
  fits <- logit_fits(w, v)
  f <- fits$f
  index <- predict(fits$p, transform(fits$v, dummy = 0), type = "terms")[, COVARIATES]
  constant <- mean(predict(fits$p, transform(fits$v, dummy = 0)) - rowSums(index))
  side <- function(rows) {
    at <- which(rows & w > 0)
    at <- at[order(rowSums(index)[at])]
    list(at = at, upper = cumsum(w[at]) / sum(w[at]))
  }
  a <- side(f)
  b <- side(!f)
  edge <- sort(unique(c(0, a$upper, b$upper)))
  share <- diff(edge)
  middle <- edge[-1] - share / 2
  pick <- function(s) index[s$at[pmin(findInterval(middle, s$upper) + 1, length(s$at))], ]
  ia <- pick(a)
  ib <- pick(b)
  value <- function(replaced) {
    mixed <- ib
    mixed[, replaced] <- ia[, replaced]
    sum(share * plogis(constant + rowSums(mixed)))
  }
  steps <- sapply(permutations(COVARIATES), function(order) {
    values <- sapply(0:3, function(k) value(head(order, k)))
    setNames(diff(values), order)[COVARIATES]
  })
  rowMeans(steps)
}
indirect_parts <- function(w, v) {
  first <- ols(x ~ sex + age, v, w)
  second <- ols(y ~ x + sex + age, v, w)
  total <- ols(y ~ sex + age, v, w)
  e <- cov.wt(cbind(resid(first), resid(total)), w, cor = TRUE)$cor[1, 2]
  c(indirect = -coef(first)[["sexm"]] * coef(second)[["x"]], direct = -coef(second)[["sexm"]],
    total = -coef(total)[["sexm"]], sensitivity = e) # f - m
}
# Central differences of a statistic by each respondent's weight, with one step of extrapolation.
influence_of <- function(statistic, w, v) {
  used <- which(w > 0)
  found <- matrix(0, length(w), length(statistic(w, v)))
  slope <- function(i, h) {
    up <- w
    down <- w
    up[i] <- up[i] + h
    down[i] <- down[i] - h
    (statistic(up, v) - statistic(down, v)) / (2 * h)
  }
  for (i in used) {
    h <- w[i] * 0.02
    found[i, ] <- w[i] * (4 * slope(i, h / 2) - slope(i, h)) / 3
  }
  found
}

cases <- list()
add <- function(name, what, statistic, variables, with_error = TRUE) {
  options(survey.lonely.psu = if (is.null(designs[[name]]$lonely)) "fail" else designs[[name]]$lonely)
  design <- complete(designs[[name]]$design, variables)
  w <- as.numeric(weights(design))
  v <- design$variables
  out <- list(id = paste(name, what, sep = "/"), design = name, what = what, estimate = I(unname(statistic(w, v))),
              term = I(names(statistic(w, v))))
  if (with_error) {
    z <- influence_of(statistic, w, v)
    variance <- svyrecvar(z, design$cluster, design$strata, design$fpc, postStrata = design$postStrata)
    out$std_error <- I(sqrt(diag(matrix(variance, ncol(z)))))
  }
  cases[[length(cases) + 1]] <<- out
}
for (name in WITH) {
  add(name, "linear", linear_parts, c("y", "sex", COVARIATES))
  add(name, "binary", binary_parts, c("yes", "sex", COVARIATES))
  add(name, "fairlie", fairlie_parts, c("yes", "sex", COVARIATES), FALSE)
  add(name, "indirect", indirect_parts, c("y", "x", "sex", "age"))
}
write_reference(list(cases = cases), "decomposition.json")
cat(length(cases), "cases\n")

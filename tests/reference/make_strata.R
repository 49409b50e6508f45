# Truth: an area model of intersectional strata. Writes strata.json. Run in this folder: Rscript make_strata.R.
# Data are those of design_matrix.json. The restricted likelihood is written out and maximised by optimise.

source("design_sample.R")
AGES <- c("18-34", "35-54", "55+")

area_parts <- function(v, w) {
  v$y <- v$y + 12 * (v$sex == "m") * (v$age != "55+") - 9 * (v$g == "c") # differences by the groups, and beyond them
  v$cell <- interaction(v$sex, v$age, v$g, drop = TRUE)
  n <- table(v$cell)
  y <- sapply(levels(v$cell), function(k) weighted.mean(v$y[v$cell == k], w[v$cell == k]))
  within <- sapply(levels(v$cell), function(k) {
    rows <- v$cell == k
    sum(w[rows] * (v$y[rows] - y[[k]])^2) / sum(w[rows]) * n[[k]] / (n[[k]] - 1)
  })
  enough <- n > 1
  s2 <- sum(((n - 1) * within)[enough]) / sum((n - 1)[enough])
  psi <- 1.7 * s2 / as.numeric(n) # the design effect is given here: pooling it is tested by itself
  key <- do.call(rbind, strsplit(levels(v$cell), ".", fixed = TRUE))
  sex <- factor(key[, 1], c("f", "m"))
  age <- factor(key[, 2], AGES)
  g <- factor(key[, 3], c("a", "b", "c"))
  reml <- function(x) {
    deviance <- function(s) {
      V <- diag(1 / (s + psi))
      xvx <- t(x) %*% V %*% x
      b <- solve(xvx, t(x) %*% V %*% y)
      sum(log(s + psi)) + log(det(xvx)) + sum((y - x %*% b)^2 / (s + psi))
    }
    s <- optimise(deviance, c(0, 200), tol = 1e-12)$minimum
    V <- diag(1 / (s + psi))
    b <- solve(t(x) %*% V %*% x, t(x) %*% V %*% y)
    fitted <- as.numeric(x %*% b)
    list(s = s, fitted = fitted, shrunken = fitted + s / (s + psi) * (y - fitted))
  }
  null <- reml(matrix(1, length(y), 1))
  main <- reml(model.matrix(~ sex + age + g))
  list(cell = I(apply(key, 1, paste, collapse = "|")), n = I(as.integer(n)), mean = I(unname(y)), s2 = s2, deff = 1.7,
       variance_null = null$s, variance_main = main$s, vpc = null$s / (null$s + s2), vpc_main = main$s / (main$s + s2),
       pcv = (null$s - main$s) / null$s, shrunken = I(unname(main$shrunken)), fitted = I(main$fitted))
}

d <- design_sample()
d <- d[complete.cases(d[c("y", "sex", "age", "g")]), ]
write_reference(area_parts(d, d$w), "strata.json")

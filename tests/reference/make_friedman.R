# Friedman's test, Kendall's W and joint means of several answers of the same respondents.
# Rscript tests/reference/make_friedman.R > tests/reference/friedman.json
suppressMessages({library(survey); library(jsonlite)})

# Hollander and Wolfe (1973), p. 140: rounding first base, the example of ?friedman.test.
bases <- matrix(c(5.40, 5.50, 5.55, 5.85, 5.70, 5.75, 5.20, 5.60, 5.50, 5.55, 5.50, 5.40,
                  5.90, 5.85, 5.70, 5.45, 5.55, 5.60, 5.40, 5.40, 5.35, 5.45, 5.50, 5.35,
                  5.25, 5.15, 5.00, 5.85, 5.80, 5.70, 5.25, 5.20, 5.10, 5.65, 5.55, 5.45,
                  5.60, 5.35, 5.45, 5.05, 5.00, 4.95, 5.50, 5.50, 5.40, 5.45, 5.55, 5.50,
                  5.55, 5.55, 5.35, 5.45, 5.50, 5.55, 5.50, 5.45, 5.25, 5.65, 5.60, 5.40,
                  5.70, 5.65, 5.55, 6.30, 6.30, 6.25), ncol = 3, byrow = TRUE)
tested <- function(y) {
  f <- friedman.test(y)
  list(statistic = unname(f$statistic), df = unname(f$parameter), p = f$p.value,
       w = unname(f$statistic) / (nrow(y) * (ncol(y) - 1)))
}

set.seed(11)
n <- 400
psu <- rep(1:40, each = 10)
stratum <- rep(1:4, each = 100)
weight <- round(runif(n, 0.5, 3), 3)
shared <- rnorm(n) + rnorm(40)[psu]
ratings <- sapply(c(0, 0.1, -0.2, 0.3), function(m) pmin(5, pmax(1, round(3 + m + 0.7 * shared + rnorm(n)))))
missing <- matrix(runif(n * 4) < 0.1, n)
d <- data.frame(stratum, psu, weight, ifelse(missing, 0, ratings), !missing)
names(d) <- c("stratum", "psu", "weight", paste0("y", 1:4), paste0("r", 1:4))
des <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = d)

# Each mean on its own base, jointly: the delta method over totals of answers and of answered.
des <- update(des, a1 = as.numeric(r1), a2 = as.numeric(r2), a3 = as.numeric(r3), a4 = as.numeric(r4))
total <- svytotal(~ y1 + y2 + y3 + y4 + a1 + a2 + a3 + a4, des)
means <- svycontrast(total, list(m1 = quote(y1 / a1), m2 = quote(y2 / a2), m3 = quote(y3 / a3), m4 = quote(y4 / a4)))
m <- as.numeric(coef(means))
v <- matrix(as.numeric(vcov(means)), 4)
contrast <- cbind(-1, diag(3))
beta <- contrast %*% m
f <- as.numeric(t(beta) %*% solve(contrast %*% v %*% t(contrast)) %*% beta) / 3
complete <- rowSums(missing) == 0

cat(toJSON(list(
  bases = c(list(y = bases), tested(bases)),
  survey = list(
    stratum = stratum, psu = psu, weight = weight, y = ifelse(missing, NA, ratings), mean = m, covariance = v,
    df = degf(des), f = f, df2 = degf(des) - 3, p = pf(f, 3, degf(des) - 3, lower.tail = FALSE),
    friedman = tested(ratings[complete, ]), n_complete = sum(complete))
), digits = NA, auto_unbox = TRUE, na = "null"))

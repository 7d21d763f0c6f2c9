-- Step 19: when somebody else set a person's password, so that nobody ends a hold through the accounts that he made.

ALTER TABLE users ADD COLUMN password_given_wall_ns BIGINT;

CREATE TABLE passwords_given AS
SELECT object AS name, max(wall_ns) AS wall_ns FROM audit WHERE action IN ('user.create', 'user.password') AND actor <> 'sistema' GROUP BY object;

UPDATE users SET password_given_wall_ns = (SELECT given.wall_ns FROM passwords_given AS given WHERE given.name = users.name);

DROP TABLE passwords_given;

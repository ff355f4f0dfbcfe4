-- +goose Up
-- The classification standard, with the day from which a version holds. A later
-- version adds rows; an old finding keeps the meaning it had.
CREATE TABLE finding_codes (
    code        text     NOT NULL,
    valid_from  date     NOT NULL,
    name        text     NOT NULL,
    explanation text     NOT NULL,
    -- 1 实际就读, 2 辍学处理, 3 未确认完成
    action      smallint NOT NULL CHECK (action BETWEEN 1 AND 3),
    position    smallint NOT NULL,
    PRIMARY KEY (valid_from, code)
);
-- 教育部 辍学学生分类标准 (2019.7.1), notice annexes 1 and 2.
INSERT INTO finding_codes (code, valid_from, name, explanation, action, position) VALUES
    ('A1',  '2019-07-01', '打工务农',     '', 2, 1),
    ('A2',  '2019-07-01', '厌学辍学',     '', 2, 2),
    ('A3',  '2019-07-01', '因病因残',     '含待疾病恢复后可就学、经评估后能接受义务教育的残疾儿童等', 2, 3),
    ('A4',  '2019-07-01', '在家上学',     '含私塾、国学班等情形', 2, 4),
    ('A5',  '2019-07-01', '入寺入教',     '', 2, 5),
    ('A6',  '2019-07-01', '早婚辍学',     '早婚失学', 2, 6),
    ('A7',  '2019-07-01', '扶贫异地搬迁', '因搬迁导致未及时入学', 2, 7),
    ('A8',  '2019-07-01', '其他原因',     '须说明目前状况、家庭情况、父母联系方式', 2, 8),
    ('B1',  '2019-07-01', '户籍原因',     '含查无此人、户籍重复、死亡、迁出注销、身份证登记错误等', 2, 9),
    ('B2',  '2019-07-01', '在校有学籍',   '比对时间节点后新入学或新注册学籍', 1, 10),
    ('B3',  '2019-07-01', '省内就读无学籍', '已在省内学校学习但因各种原因未注册学籍', 1, 11),
    ('B4',  '2019-07-01', '省外就读无学籍', '已在省外学校学习但因各种原因未注册学籍', 1, 12),
    ('B5',  '2019-07-01', '延缓入学',     '含因身体等原因延缓入学，目前仍在幼儿园就读或实际年龄不足6周岁等情形', 2, 13),
    ('B6',  '2019-07-01', '超龄离校',     '实际年龄16周岁及以上或已毕业', 2, 14),
    ('B7',  '2019-07-01', '重病重残',     '因身体等原因不具备学习能力', 2, 15),
    ('B8',  '2019-07-01', '中职就读',     '', 1, 16),
    ('B9',  '2019-07-01', '失踪失联',     '由公安部门界定，从严掌握', 2, 17),
    ('B10', '2019-07-01', '出国在外',     '', 2, 18),
    ('99',  '2019-07-01', '未确认完成',   '', 3, 19);

-- One row an entry that has an outcome: what a save locks, and the newest revision.
CREATE TABLE entry_heads (
    entry_id    uuid        PRIMARY KEY,
    revision    bigint      NOT NULL DEFAULT 0,
    occurred_at timestamptz NOT NULL DEFAULT 'epoch'
);

CREATE TABLE findings (
    id                      uuid        PRIMARY KEY,
    entry_id                uuid        NOT NULL REFERENCES entry_heads,
    revision                bigint      NOT NULL CHECK (revision >= 1),
    action                  smallint    NOT NULL CHECK (action BETWEEN 1 AND 3),
    code                    text        NOT NULL,
    school_region           text        NOT NULL,
    school                  text        NOT NULL,
    witness                 text        NOT NULL CHECK (witness <> ''),
    witness_date            date        NOT NULL,
    explanation             text        NOT NULL,
    current_situation       text        NOT NULL,
    family_situation        text        NOT NULL,
    parent_contact          text        NOT NULL,
    national_student_number text        NOT NULL,
    county_code             text        NOT NULL,
    author_id               text        NOT NULL,
    author                  text        NOT NULL,
    occurred_at             timestamptz NOT NULL,
    -- Settles every race.
    UNIQUE (entry_id, revision)
);

-- A finding is never overwritten nor deleted (动态更新 adds revisions).
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed nor deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER findings_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON findings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What makes a retry safe: the request's content and its answer.
CREATE TABLE finding_requests (
    author_id  text        NOT NULL,
    request_id text        NOT NULL,
    digest     bytea       NOT NULL,
    finding_id uuid        NOT NULL REFERENCES findings,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (author_id, request_id)
);

-- +goose Down
DROP TABLE finding_requests, findings, entry_heads, finding_codes;
DROP FUNCTION refuse_change;

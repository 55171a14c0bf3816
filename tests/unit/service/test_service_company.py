from kiosk.service.company import Company


def alone_for(company):
    """Count the attempts that are made alone before the next one has company."""
    count = 0
    while not company.is_welcome():
        count += 1
    return count


def test_it_is_tried_later_and_later_where_it_comes_to_nothing():
    company, waits = Company(), []
    for _ in range(8):
        waits.append(alone_for(company))
        company.came_to_nothing()
    assert waits == [0, 10, 40, 160, 640, 2560, 10_000, 10_000], "a credit each, perhaps"


def test_as_many_that_go_well_make_up_for_it():
    company = Company()
    for _ in range(2):
        company.came_to_nothing()
        alone_for(company)
    for _ in range(159):
        company.went_well()
    company.came_to_nothing()
    assert alone_for(company) == 160, "one too few"
    for _ in range(640):
        company.went_well()
    company.came_to_nothing()
    assert alone_for(company) == 10


def test_only_those_that_go_well_in_a_row_count():
    company = Company()
    for _ in range(3):
        company.came_to_nothing()
        for _ in range(30):
            company.went_well()
    assert alone_for(company) == 160
